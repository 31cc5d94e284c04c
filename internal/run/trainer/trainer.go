// Package trainer runs the training loop: batch → step → log → evaluation → checkpoint, from
// wherever the run stands to its end.
//
// Everything that a run computes is a function of its configuration and its data, or is in the
// checkpoint, so a run that was killed and goes on produces, bit for bit, what it would have
// produced undisturbed.
package trainer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/schedule"
)

// ErrInterrupted says that the run was asked to stop; its state is saved and the same command goes
// on with it.
var ErrInterrupted = errors.New("trainer: interrupted; the state is saved, and the same command goes on from here")

// Config are the numbers of a run.
type Config struct {
	Seed                  uint64
	Epochs, StepsPerEpoch int
	Batch                 int // images a step
	Accumulate            int // micro-batches that a batch is cut into
	Global                int // how many of the views are global ones
	ScoreEvery            int // epochs
	ProbeEvery            int // steps, from the first on
	Checkpoints           Checkpoints
	// Before are the updates that the moments in the store had before the first step of the run:
	// those of a run that it goes on from.
	Before checkpoint.Updates
}

// Learner is what learns: a model with its variables on an engine, and by which rule they change.
type Learner struct {
	Backend   compute.Backend
	Model     *distill.Model
	Store     *model.Store // with the model's variables
	Optimizer distill.Optimizer
	Plan      *schedule.Plan
}

// Surroundings are where a run takes its images from, and what it tells of itself.
type Surroundings struct {
	// NewLoader starts the batches of a step and later ones.
	NewLoader func(ctx context.Context, step int) (*loader.Loader, error)
	// BadImages records images that cannot be decoded.
	BadImages func([]loader.BadImage) error
	// Score returns the k-NN accuracy of the teacher in percent; nil where there is nothing to
	// score.
	Score func(ctx context.Context) (float64, error)
	// Probe measures the teacher's features of the probe images; nil where there are none.
	Probe func(ctx context.Context) (measure.Values, error)
	// First sees the batch of the run's first step, before that; nil for nobody.
	First func(*loader.Batch) error
	// Draw draws pictures of the teacher after a step, the last of an epoch, behind its score; nil
	// for none.
	Draw func(ctx context.Context, step int) error
	// Baselines are what the score is read beside.
	Baselines observe.Baselines
	// Measure measures the baselines: after the first steps, and before the first score. Nil where
	// they are known, or nothing is scored.
	Measure func(ctx context.Context) (observe.Baselines, error)
	// Expect estimates how long takes what is done beside the steps, by how long the computation of
	// a step takes; nil where nothing is.
	Expect func(step time.Duration) Expected
	// Best is called after a score that is higher than all before; nil for nobody.
	Best func() error
	// Observer is told of every score, step and checkpoint. Before a checkpoint is saved, what it
	// keeps is made durable.
	Observer observe.Observer
	// Now is the clock by which the run is measured; nil for the time of day.
	Now func() time.Time
}

// Parts are what a run is made of.
type Parts struct {
	Config
	Learner
	Surroundings
}

// Result is how a run ended.
type Result struct {
	Steps int                // done
	Best  map[string]float64 // best score of each metric
	KNN   *float64           // the last score
}

// trainer is a run under way.
type trainer struct {
	Parts
	step   *stepper
	best   map[string]float64
	knn    *float64
	pace   pace
	loader *loader.Loader

	told float64 // seconds of a step by which the observer has heard how long the run takes; 0 before
}

// Run trains from a step to the end of the run. best holds the scores so far. It returns
// [ErrInterrupted] when ctx ends, after the step under way is finished and saved, and a
// [NonFiniteError] when the loss is not a number, with nothing of that step saved.
func Run(ctx context.Context, p Parts, from int, best map[string]float64) (Result, error) {
	loading, stopLoading := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoading()
	t, err := newTrainer(loading, p, from, best)
	if err != nil {
		return Result{}, err
	}
	defer t.loader.Close()
	done, err := t.loop(ctx, from)
	return Result{Steps: done, Best: t.best, KNN: t.knn}, err
}

// newTrainer prepares the steps and begins to load, until ctx ends. The loader has to be closed.
func newTrainer(ctx context.Context, p Parts, from int, best map[string]float64) (*trainer, error) {
	s, err := newStepper(p.Config, p.Learner)
	if err != nil {
		return nil, err
	}
	t := &trainer{Parts: p, step: s, best: best}
	t.loader, err = p.NewLoader(ctx, from)
	return t, err
}

// now is the time by the clock of the run.
func (t *trainer) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// loop is the main path. It returns the number of steps done.
func (t *trainer) loop(ctx context.Context, from int) (int, error) {
	last := t.last()
	t.pace.start(t.now())
	t.Checkpoints.at = time.Now()
	for step := from; step < last; step++ {
		if err := t.beforeStep(ctx, step); err != nil {
			return step, err
		}
		batch, waited, err := t.loader.Next(ctx)
		if ctx.Err() != nil {
			return step, t.interrupted(step)
		}
		if err != nil {
			return step, err
		}
		if err := t.BadImages(batch.Bad); err != nil {
			return step, err
		}
		if step == 0 && t.First != nil {
			if err := t.First(batch); err != nil {
				return step, err
			}
		}
		values := t.Plan.At(step)
		metrics, err := t.step.run(batch, values)
		if err != nil {
			return step, err
		}
		if !metrics.finite() {
			return step, t.nonFinite(step, metrics, values, batch)
		}
		batch.Release()

		did := t.did(step, last, metrics.values, values.Measured(), t.pace.step(t.now(), waited, t.Batch))
		if err := t.score(context.WithoutCancel(ctx), step, did.Values); err != nil {
			return step, err
		}
		if err := t.draw(context.WithoutCancel(ctx), step); err != nil {
			return step, err
		}
		if err := t.probe(context.WithoutCancel(ctx), step, did.Values); err != nil {
			return step, err
		}
		if err := t.Observer.Step(did); err != nil {
			return step, err
		}
		if ctx.Err() != nil {
			return step + 1, t.interrupted(step + 1)
		}
		if done := step + 1; t.Checkpoints.due(done, time.Now()) || done == last {
			if err := t.save(done); err != nil {
				return done, err
			}
		}
	}
	return last, nil
}

// score evaluates the teacher at the end of an epoch in which that is due, and at the end of the
// run. An interruption waits for it, so that the log has the same scores with and without one.
func (t *trainer) score(ctx context.Context, step int, values measure.Values) error {
	if !t.scores(step) {
		return nil
	}
	epoch, began := step/t.StepsPerEpoch+1, t.now()
	knn, err := t.Score(ctx)
	if err != nil {
		return fmt.Errorf("trainer: k-NN after epoch %d: %w", epoch, err)
	}
	best, scored := t.best[BestKNN]
	t.knn, t.best[BestKNN] = &knn, max(knn, best)
	if t.Best != nil && (!scored || knn > best) {
		if err := t.Best(); err != nil {
			return err
		}
	}
	values.Set(KNN, knn)
	values.Set(KNNUntrained, t.Baselines.Untrained)
	values.Set(KNNPixels, t.Baselines.Pixels)
	err = t.Observer.Score(observe.Score{Epoch: epoch, KNN: knn, Best: t.best[BestKNN], Baselines: t.Baselines})
	t.pace.scored(t.now(), began)
	return err
}

// draw draws pictures at the end of an epoch. An interruption waits for it as for a score.
func (t *trainer) draw(ctx context.Context, step int) error {
	if t.Draw == nil || (step+1)%t.StepsPerEpoch != 0 {
		return nil
	}
	if err := t.Draw(ctx, step); err != nil {
		return fmt.Errorf("trainer: pictures after step %d: %w", step, err)
	}
	t.pace.resume(t.now())
	return nil
}

// probe looks at the probe images in a step in which that is due.
func (t *trainer) probe(ctx context.Context, step int, values measure.Values) error {
	if t.Probe == nil || t.ProbeEvery < 1 || step%t.ProbeEvery != 0 {
		return nil
	}
	began := t.now()
	probed, err := t.Probe(ctx)
	if err != nil {
		return fmt.Errorf("trainer: probe images after step %d: %w", step, err)
	}
	maps.Copy(values, probed)
	t.pace.lookedAt(t.now(), began)
	return nil
}

// scores tells whether the teacher is scored after a step.
func (t *trainer) scores(step int) bool {
	epoch, done := step/t.StepsPerEpoch+1, step+1
	due := t.ScoreEvery > 0 && epoch%t.ScoreEvery == 0 || epoch == t.Epochs
	return t.Score != nil && done%t.StepsPerEpoch == 0 && due
}

// did is what a step did.
func (t *trainer) did(step, steps int, parts ...measure.Values) observe.Step {
	s := observe.Step{
		Number: step, Epoch: step / t.StepsPerEpoch, Steps: steps, Epochs: t.Epochs, Values: measure.Values{},
		Smoothed: t.pace.smoothed(t.Batch), Left: t.statusLeft(step + 1),
	}
	for _, part := range parts {
		maps.Copy(s.Values, part)
	}
	return s
}
