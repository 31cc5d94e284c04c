package pretrain

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
)

// Trial is what a run would be like, measured by its first steps.
type Trial struct {
	Config  config.Config
	Facts   config.Facts // that the preset auto was sized to
	Engine  string
	Images  int // to train on
	HeldOut int // for the k-NN score
	Steps   int // of the whole run

	Foreseen []verdict.Finding // what follows from the options and the number of images

	Needs     []memory.Need
	Limit     memory.Limit // the tightest there is; Bounded is false where none is known
	Bounded   bool
	Remedies  string // options that lower the need, where it is above the limit; then nothing was measured
	LoadSpeed float64
	First     time.Duration // of the first step, which compiles the graph
	Step      time.Duration // median of those behind it, on a batch that is there
	Together  time.Duration // mean of steps whose batches are loaded meanwhile
	Wait      float64       // share of that time in which steps waited for images, 0 to 1
	Whole     time.Duration // of the whole run, with scores and checkpoints
}

// Bounds of the measurements: long enough that a speed means something, short enough to wait for.
const (
	loadFor   = 2 * time.Second
	loadMost  = 12 * time.Second
	loadCount = 200 // batches
	stepCount = 5
	stepFor   = 15 * time.Second
)

// Try prepares a new run as [Run] does, loads batches, and computes the first steps on one of them,
// in memory alone: nothing is written.
func Try(ctx context.Context, o Options) (*Trial, error) {
	in, from, err := prepare(ctx, o, &rundir.Dir{})
	defer in.close()
	defer from.close()
	if err != nil {
		return nil, err
	}
	t := &Trial{
		Config: in.config, Facts: in.data.found, Engine: backend.Describe(in.engine), Images: len(in.data.train),
		HeldOut: len(in.data.held), Steps: in.steps(),
	}
	if t.Foreseen, err = in.foreseen(); err != nil {
		return nil, err
	}
	if err := in.planRoom(); err != nil {
		return nil, err
	}
	t.Needs = in.room.needs
	t.Limit, t.Bounded = memory.Process{}.Available()
	if needed := memory.Sum(t.Needs); t.Bounded && needed > t.Limit.Available {
		t.Remedies = in.remedies(needed, t.Limit.Available)
		return t, nil
	}
	batch, err := t.load(ctx, in)
	if err != nil {
		return nil, err
	}
	return t, t.compute(ctx, in, batch)
}

// load measures how many images a second are loaded with nothing else to do, and returns the last
// batch.
func (t *Trial) load(ctx context.Context, in *inputs) (last *loader.Batch, err error) {
	batches, err := in.load(ctx, 0, nil)
	if err != nil {
		return nil, err
	}
	defer batches.Close()
	begun, count := time.Now(), 0
	for took := time.Duration(0); ; {
		batch, _, err := batches.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if last != nil {
			last.Release()
		}
		last = batch
		count++
		took = time.Since(begun)
		t.LoadSpeed = float64(count*in.config.Train.BatchSize) / max(took.Seconds(), 1e-6)
		// Before that many batches those that were loaded ahead would count too much.
		enough := count > 2*(in.config.Data.Prefetch+1) && took > loadFor
		if enough || took > loadMost || count >= loadCount {
			break
		}
	}
	return last, nil
}

// compute measures how long a step takes on a batch that is there, and then how long the run takes
// by the forecast that a run itself makes.
func (t *Trial) compute(ctx context.Context, in *inputs, batch *loader.Batch) error {
	store, err := in.initialised()
	if err != nil {
		return err
	}
	defer store.Finalize()
	parts, err := in.trialParts(&state{store: store, best: map[string]float64{}, checkpoints: in.checkpoints()}, nil)
	if err != nil {
		return err
	}
	steps, err := trainer.NewTryout(parts, 0)
	if err != nil {
		return err
	}
	if t.First, err = steps.Step(batch); err != nil {
		return err
	}
	var others []time.Duration
	for begun := time.Now(); len(others) < stepCount && (len(others) == 0 || time.Since(begun) < stepFor); {
		if err := ctx.Err(); err != nil {
			return err
		}
		took, err := steps.Step(batch)
		if err != nil {
			return err
		}
		others = append(others, took)
	}
	slices.Sort(others)
	t.Step = others[len(others)/2]
	forecast, err := steps.Forecast(ctx)
	t.Together, t.Wait, t.Whole = forecast.Step, forecast.Wait, forecast.Left
	return err
}

// StepSpeed is how many images a second the steps take, when they need not wait.
func (t *Trial) StepSpeed() float64 {
	return float64(t.Config.Train.BatchSize) / max(t.Step.Seconds(), 1e-9)
}

// Speed is how many images a second the run will take, as measured.
func (t *Trial) Speed() float64 {
	return float64(t.Config.Train.BatchSize) / max(t.Together.Seconds(), 1e-9)
}

// longWait is the share of the time that steps wait for images from which on a run is bound by
// them.
const longWait = 0.3

// DataBound tells whether loading images holds the steps up, rather than the other way round.
func (t *Trial) DataBound() bool { return t.Wait > longWait }

// LoadShare is the share of the time that goes to loading, 0 to 1.
func (t *Trial) LoadShare() float64 {
	load, step := 1/max(t.LoadSpeed, 1e-9), 1/max(t.StepSpeed(), 1e-9)
	return load / (load + step)
}
