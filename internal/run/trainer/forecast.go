package trainer

import (
	"context"
	"time"

	"github.com/dino-go/dino/observe"
)

// Forecast computes the first steps of a run from a step on, as many as tell how long the run
// takes, and says how long that is. It changes the variables in the store, and saves and tells
// nothing.
func Forecast(ctx context.Context, p Parts, from int) (observe.Estimate, error) {
	t, err := newTrainer(ctx, p, from, map[string]float64{})
	if err != nil {
		return observe.Estimate{}, err
	}
	defer t.loader.Close()
	t.pace.start(time.Now())
	step, last := from, t.Epochs*t.StepsPerEpoch
	for ; step < last && !t.pace.known(); step++ {
		batch, waited, err := t.loader.Next(ctx)
		if err != nil {
			return observe.Estimate{}, err
		}
		if _, err := t.step.run(batch, t.Plan.At(step)); err != nil {
			return observe.Estimate{}, err
		}
		batch.Release()
		t.pace.step(time.Now(), waited, t.Batch)
	}
	return t.estimate(from), nil
}
