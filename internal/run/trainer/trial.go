package trainer

import (
	"context"
	"errors"
	"time"

	"github.com/dino-go/dino/internal/data/loader"
)

// ErrNotFinite says that a step computed no number. A run ends with a [NonFiniteError] then.
var ErrNotFinite = errors.New("trainer: the loss or the gradient of the first step is not a number")

// Try computes steps on one batch, as the first of a run, and changes the variables of l. It saves
// and logs nothing. It returns how long the first step took, which compiles the graph, and the
// following ones: at most so many, and after some time no further one.
func Try(ctx context.Context, c Config, l Learner, batch *loader.Batch, most int, within time.Duration) (
	first time.Duration, others []time.Duration, err error,
) {
	s, err := newStepper(c, l)
	if err != nil {
		return 0, nil, err
	}
	begun := time.Now()
	for len(others) < most && (len(others) == 0 || time.Since(begun) < within) {
		if err := ctx.Err(); err != nil {
			return first, others, err
		}
		before := time.Now()
		m, err := s.run(batch, l.Plan.At(batch.Step))
		if err != nil {
			return first, others, err
		}
		if !m.finite() {
			return first, others, ErrNotFinite
		}
		if first == 0 {
			first = time.Since(before)
			continue
		}
		others = append(others, time.Since(before))
	}
	return first, others, nil
}
