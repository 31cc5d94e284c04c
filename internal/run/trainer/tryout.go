package trainer

import (
	"errors"
	"time"

	"github.com/dino-go/dino/internal/data/loader"
)

// ErrNotFinite says that a step computed no number. A run ends with a [NonFiniteError] then.
var ErrNotFinite = errors.New("trainer: the loss or the gradient of the first steps is not a number")

// Tryout computes steps of a run that is not one: they change the variables of its learner, and
// nothing is saved, logged or scored.
type Tryout struct{ steps *stepper }

// NewTryout prepares steps.
func NewTryout(c Config, l Learner) (*Tryout, error) {
	s, err := newStepper(c, l)
	return &Tryout{s}, err
}

// Step computes a step on a batch, and returns how long that took. The first compiles the graph.
func (t *Tryout) Step(batch *loader.Batch) (time.Duration, error) {
	begun := time.Now()
	m, err := t.steps.run(batch, t.steps.Plan.At(batch.Step))
	if err == nil && !m.finite() {
		err = ErrNotFinite
	}
	return time.Since(begun), err
}
