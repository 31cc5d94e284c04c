package trainer

import (
	"context"
	"sort"
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
	if err := t.measurePace(ctx, from, 0); err != nil {
		return observe.Estimate{}, err
	}
	return t.estimate(from), nil
}

// Bounds of a trial for [FitEpochs]: its share of the time, and the longest that it takes beyond
// the steps that are needed in any case.
const (
	trialShare = 0.02
	trialFor   = 15 * time.Second
)

// FitEpochs computes the first steps of a run, and returns how many epochs of it end within a time,
// with the baselines, scores and checkpoints; at least one. whole is how long that many take. Like
// [Forecast] it changes the variables in the store.
func FitEpochs(ctx context.Context, p Parts, within time.Duration) (epochs int, whole time.Duration, err error) {
	t, err := newTrainer(ctx, p, 0, map[string]float64{})
	if err != nil {
		return 0, 0, err
	}
	defer t.loader.Close()
	atLeast := min(time.Duration(trialShare*float64(within)), trialFor)
	if err := t.measurePace(ctx, 0, atLeast); err != nil {
		return 0, 0, err
	}
	epochs, whole = t.fit(within)
	return epochs, whole, nil
}

// fit returns the most epochs that end within a time, but at least one, and how long they take.
func (t *trainer) fit(within time.Duration) (epochs int, whole time.Duration) {
	takes := func(epochs int) time.Duration {
		t.Epochs = epochs
		return t.left(0)
	}
	epoch := time.Duration(float64(t.StepsPerEpoch) * t.pace.seconds * float64(time.Second))
	most := int(within/max(epoch, 1)) + 1
	epochs = max(1, sort.Search(most, func(more int) bool { return takes(more+1) > within }))
	return epochs, takes(epochs)
}

// measurePace computes steps from one on, until their speed is known and so much time is over, or
// the run is.
func (t *trainer) measurePace(ctx context.Context, from int, atLeast time.Duration) error {
	began := time.Now()
	t.pace.start(began)
	last := t.Epochs * t.StepsPerEpoch
	for step := from; step < last && (!t.pace.known() || time.Since(began) < atLeast); step++ {
		batch, waited, err := t.loader.Next(ctx)
		if err != nil {
			return err
		}
		if _, err := t.step.run(batch, t.Plan.At(step)); err != nil {
			return err
		}
		batch.Release()
		t.pace.step(time.Now(), waited, t.Batch)
	}
	return nil
}
