package trainer

import (
	"context"
	"fmt"
	"math"
)

// beforeStep says how long the run takes, once that is known, and then measures the baselines, if
// they are due. Both wait for the first steps, so that nobody waits for those, and the baselines
// are there before the first score.
func (t *trainer) beforeStep(ctx context.Context, step int) error {
	known := t.pace.known()
	if err := t.tellTime(step, known); err != nil {
		return err
	}
	if t.Measure != nil && (known || t.scores(step)) {
		return t.baselines(ctx, step)
	}
	return nil
}

// baselines measures the baselines, between steps, and saves them with the run, so that they are
// not measured again. An interruption ends that; whoever goes on begins with them anew.
func (t *trainer) baselines(ctx context.Context, step int) error {
	measured, err := t.Measure(ctx)
	if ctx.Err() != nil {
		return t.interrupted(step)
	}
	if err != nil {
		return err
	}
	t.Baselines, t.Measure = measured, nil
	for name, score := range map[string]float64{BestUntrained: measured.Untrained, BestPixels: measured.Pixels} {
		if !math.IsNaN(score) { // a checkpoint's scores are finite
			t.best[name] = score
		}
	}
	if step > 0 {
		if err := t.save(step); err != nil {
			return fmt.Errorf("trainer: saving the baselines: %w", err)
		}
	}
	err = t.Observer.Measured(measured)
	t.pace.resume(t.now())
	return err
}
