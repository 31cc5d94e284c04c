package trainer

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/dino-go/dino/observe"
)

// beforeStep says how long the run takes, once that is known, and then measures the baselines, if
// they are due. Both wait for the first steps, so that nobody waits for those, and the baselines
// are there before the first score.
func (t *trainer) beforeStep(ctx context.Context, step int) error {
	known := t.pace.known()
	if known && !t.estimated {
		t.estimated = true
		if err := t.Observer.Estimated(t.estimate(step)); err != nil {
			return err
		}
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
	t.pace.resume(time.Now())
	return err
}

// estimate is how long the run takes after so many steps.
func (t *trainer) estimate(done int) observe.Estimate {
	return observe.Estimate{
		Steps: t.pace.steps, ImagesPerSecond: float64(t.Batch) / max(t.pace.seconds, 1e-9), Left: t.left(done),
	}
}

// left is how long the run takes after so many steps: the steps, the scores, the checkpoints and,
// if they are not there, the baselines.
func (t *trainer) left(done int) time.Duration {
	last := t.Epochs * t.StepsPerEpoch
	if done == last {
		return 0
	}
	var scores int
	if t.Score != nil && t.ScoreEvery > 0 {
		scores = t.Epochs/t.ScoreEvery - done/t.StepsPerEpoch/t.ScoreEvery
	}
	if t.Score != nil && (t.ScoreEvery == 0 || t.Epochs%t.ScoreEvery != 0) {
		scores++ // the last epoch is scored in any case
	}
	pace := t.pace
	var baselines time.Duration
	if t.Expect != nil {
		step := time.Duration(pace.seconds * float64(time.Second))
		score, expected := t.Expect(step)
		if pace.score == 0 {
			pace.score = score.Seconds()
		}
		if t.Measure != nil {
			baselines = expected
		}
	}
	steps := last - done
	return pace.left(steps, scores, t.saves(steps, pace.seconds)) + baselines
}

// saves is how often the state is saved within so many steps of some seconds.
func (t *trainer) saves(steps int, seconds float64) int {
	n := steps/t.Checkpoints.Every + 1
	if interval := t.Checkpoints.Interval.Seconds(); interval > 0 {
		n = max(n, int(float64(steps)*seconds/interval))
	}
	return n
}
