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
	"math"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/internal/progress"
)

// ErrInterrupted says that the run was asked to stop; its state is saved and the same command goes
// on with it.
var ErrInterrupted = errors.New("trainer: interrupted; the state is saved, and the same command goes on from here")

// Config is what a run needs.
type Config struct {
	Backend   compute.Backend
	Model     *distill.Model
	Store     *model.Store // with the model's variables
	Optimizer distill.Optimizer
	Plan      *schedule.Plan
	Seed      uint64

	Epochs, StepsPerEpoch int
	Batch                 int // images a step
	Accumulate            int // micro-batches that a batch is cut into
	Global                int // how many of the views are global ones

	// NewLoader starts the batches of a step and later ones.
	NewLoader func(ctx context.Context, step int) (*loader.Loader, error)
	// Score returns the k-NN accuracy of the teacher in percent; nil where there is nothing to
	// score.
	Score      func(ctx context.Context) (float64, error)
	ScoreEvery int // epochs

	Checkpoints Checkpoints
	Baselines   Baselines
	Metrics     Log // [*runlog.Metrics]
	Events      *runlog.Events
	BadImages   func([]loader.BadImage) error // records images that cannot be decoded
	Progress    *progress.Printer
}

// Log takes what the steps did. Before a checkpoint is saved it is made durable, so that it holds
// every step that the checkpoint counts.
type Log interface {
	Write(r runlog.Record) error
	Sync() error
}

// Baselines are k-NN accuracies in percent that the teacher's are shown beside.
type Baselines struct {
	Start     string  // what the network is called before its first step: untrained, or where its weights came from
	Untrained float64 // that network's
	Pixels    float64 // of raw pixels
}

// Result is how a run ended.
type Result struct {
	Steps int                // done
	Best  map[string]float64 // best score of each metric
	KNN   *float64           // the last score
}

// trainer is a run under way.
type trainer struct {
	Config
	step   *stepper
	best   map[string]float64
	knn    *float64
	pace   pace
	loader *loader.Loader
	collapse
}

// Run trains from a step to the end of the run. best holds the scores so far. It returns
// [ErrInterrupted] when ctx ends, after the step under way is finished and saved, and a
// [NonFiniteError] when the loss is not a number, with nothing of that step saved.
func Run(ctx context.Context, c Config, from int, best map[string]float64) (Result, error) {
	s, err := newStepper(c)
	if err != nil {
		return Result{}, err
	}
	t := &trainer{Config: c, step: s, best: best, collapse: collapse{logK: math.Log(float64(c.Model.NPrototypes))}}
	loading, stopLoading := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoading()
	if t.loader, err = c.NewLoader(loading, from); err != nil {
		return Result{}, err
	}
	defer t.loader.Close()
	defer t.Progress.Close()
	done, err := t.loop(ctx, from)
	return Result{Steps: done, Best: t.best, KNN: t.knn}, err
}

// loop is the main path. It returns the number of steps done.
func (t *trainer) loop(ctx context.Context, from int) (int, error) {
	last := t.Epochs * t.StepsPerEpoch
	t.pace.start(time.Now())
	for step := from; step < last; step++ {
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
		values := t.Plan.At(step)
		metrics, err := t.step.run(batch, values)
		if err != nil {
			return step, err
		}
		if !metrics.finite() {
			return step, t.nonFinite(step, metrics, values)
		}
		batch.Release()

		record := t.record(step, metrics.values, values.Measured(), t.pace.step(time.Now(), waited, t.Batch))
		if err := t.score(context.WithoutCancel(ctx), step, record); err != nil {
			return step, err
		}
		if err := t.log(record); err != nil {
			return step, err
		}
		t.show(record, last)
		t.watch(step, metrics.values)
		if ctx.Err() != nil {
			return step + 1, t.interrupted(step + 1)
		}
		if done := step + 1; done%t.Checkpoints.Every == 0 || done == last {
			if err := t.save(done); err != nil {
				return done, err
			}
		}
	}
	return last, nil
}

// score evaluates the teacher at the end of an epoch in which that is due, and at the end of the
// run. An interruption waits for it, so that the log has the same scores with and without one.
func (t *trainer) score(ctx context.Context, step int, record runlog.Record) error {
	epoch, done := step/t.StepsPerEpoch+1, step+1
	due := t.ScoreEvery > 0 && epoch%t.ScoreEvery == 0 || epoch == t.Epochs
	if t.Score == nil || done%t.StepsPerEpoch != 0 || !due {
		return nil
	}
	knn, err := t.Score(ctx)
	if err != nil {
		return fmt.Errorf("trainer: k-NN after epoch %d: %w", epoch, err)
	}
	t.knn, t.best[BestKNN] = &knn, max(knn, t.best[BestKNN])
	record.Values.Set(KNN, knn)
	record.Values.Set(KNNUntrained, t.Baselines.Untrained)
	record.Values.Set(KNNPixels, t.Baselines.Pixels)
	t.Progress.Event("knn", map[string]any{
		"epoch": epoch, "knn": knn, "untrained": t.Baselines.Untrained,
		"pixels": t.Baselines.Pixels, "best": t.best[BestKNN],
	},
		"epoch %d: k-NN %.1f %% (%s %.1f %%, raw pixels %.1f %%, best %.1f %%)", epoch, knn, t.Baselines.Start,
		t.Baselines.Untrained, t.Baselines.Pixels, t.best[BestKNN])
	t.pace.resume(time.Now())
	return nil
}

func (t *trainer) record(step int, parts ...measure.Values) runlog.Record {
	r := runlog.Record{Step: step, Epoch: step / t.StepsPerEpoch, Values: measure.Values{}}
	for _, part := range parts {
		maps.Copy(r.Values, part)
	}
	return r
}

func (t *trainer) log(r runlog.Record) error {
	if err := t.Metrics.Write(r); err != nil {
		return err
	}
	return t.Events.Write(r, time.Now())
}

func (t *trainer) show(r runlog.Record, last int) {
	values := maps.Clone(r.Values)
	maps.Copy(values, t.pace.smoothed(t.Batch))
	numbers := []progress.Number{{Name: "max_entropy", Value: t.logK}}
	for _, m := range Measurements(t.Model.Measurements).Shown() {
		x := values.Of(m)
		numbers = append(numbers, progress.Number{Name: m.Name, Value: x, Text: m.Status.Text(x)})
	}
	t.Progress.Step(progress.Status{
		Step: r.Step + 1, Steps: last, Epoch: r.Epoch + 1, Epochs: t.Epochs,
		Left: t.pace.left(last - r.Step - 1), Numbers: numbers,
	})
}
