package pretrain

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
)

// Trial is what a run would be like, measured by its first steps.
type Trial struct {
	Config  config.Config
	Facts   config.Facts // that the preset auto was sized to
	Engine  string
	Images  int // to train on
	HeldOut int // for the k-NN score
	Steps   int // of the whole run

	Needs     []memory.Need
	Limit     memory.Limit // the tightest there is; Bounded is false where none is known
	Bounded   bool
	Remedies  string // options that lower the need, where it is above the limit; then nothing was measured
	LoadSpeed float64
	First     time.Duration // of the first step, which compiles the graph
	Step      time.Duration // median of those behind it, on a batch that is there
	Together  time.Duration // mean of steps whose batches are loaded meanwhile; 0 where it was not measured
	Wait      float64       // share of that time in which steps waited for images, 0 to 1
	Shared    bool          // loading and steps are computed by the same processors
}

// Bounds of the measurements: long enough that a speed means something, short enough to wait for.
const (
	loadFor   = 2 * time.Second
	loadMost  = 12 * time.Second
	loadCount = 200 // batches
	stepCount = 5
	stepFor   = 15 * time.Second
	bothFor   = 5 * time.Second
	bothCount = 100 // steps
	// Of steps that take longer, loading beside them is not measured but added: few would be seen.
	longStep = 2 * time.Second
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
		HeldOut: len(in.data.held), Steps: in.steps(), Shared: !backend.Accelerated(in.config.Backend),
	}
	if t.Needs, _, err = in.planMemory(in.config); err != nil {
		return nil, usage.Wrap(err)
	}
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

// compute measures how long a step takes on a batch that is there, and then with batches that are
// loaded meanwhile, as in a run.
func (t *Trial) compute(ctx context.Context, in *inputs, batch *loader.Batch) error {
	store, side := model.NewStore(), in.config.Augment.GlobalCrops.Size
	defer store.Finalize()
	if err := in.model.Init(in.engine, store, in.config.Seed, [4]int{1, 3, side, side}); err != nil {
		return err
	}
	steps, err := trainer.NewTryout(in.trainer(in.config), in.learner(in.model, store))
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
	if t.Step = others[len(others)/2]; t.Step > longStep {
		return nil
	}
	return t.both(ctx, in, steps)
}

// both measures steps whose batches are loaded meanwhile.
func (t *Trial) both(ctx context.Context, in *inputs, steps *trainer.Tryout) error {
	batches, err := in.load(ctx, 0, nil)
	if err != nil {
		return err
	}
	defer batches.Close()
	var begun time.Time
	var waited time.Duration
	warm := in.config.Data.Prefetch + 1 // steps whose batches were loaded before anything was computed
	for step := 0; step < warm+bothCount; step++ {
		if step == warm {
			begun, waited = time.Now(), 0
		}
		batch, wait, err := batches.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := steps.Step(batch); err != nil {
			return err
		}
		batch.Release()
		waited += wait
		if took := time.Since(begun); step >= warm {
			t.Together = took / time.Duration(step-warm+1)
			t.Wait = waited.Seconds() / max(took.Seconds(), 1e-9)
			if took > bothFor {
				return nil
			}
		}
	}
	return nil
}

// StepSpeed is how many images a second the steps take, when they need not wait.
func (t *Trial) StepSpeed() float64 {
	return float64(t.Config.Train.BatchSize) / max(t.Step.Seconds(), 1e-9)
}

// Speed is how many images a second the run will take, as measured. Where it was not: if the same
// processors load and compute, the times of both add up; else the slower one decides.
func (t *Trial) Speed() float64 {
	if t.Together > 0 {
		return float64(t.Config.Train.BatchSize) / t.Together.Seconds()
	}
	if t.Shared {
		return 1 / (1/max(t.LoadSpeed, 1e-9) + 1/max(t.StepSpeed(), 1e-9))
	}
	return min(t.LoadSpeed, t.StepSpeed())
}

// Shares from which on a run is bound by its data: of the time that steps wait, and of the time
// that loading takes of both.
const (
	longWait      = 0.3
	mostlyLoading = 0.5
)

// DataBound tells whether loading images holds the steps up, rather than the other way round.
func (t *Trial) DataBound() bool {
	if t.Together > 0 {
		return t.Wait > longWait
	}
	return t.LoadShare() > mostlyLoading
}

// LoadShare is the share of the time that goes to loading, 0 to 1.
func (t *Trial) LoadShare() float64 {
	load, step := 1/max(t.LoadSpeed, 1e-9), 1/max(t.StepSpeed(), 1e-9)
	return load / (load + step)
}

// Whole is how long the whole run will take, without its k-NN scores.
func (t *Trial) Whole() time.Duration {
	images := float64(t.Steps) * float64(t.Config.Train.BatchSize)
	return t.First + time.Duration(images/t.Speed()*float64(time.Second))
}
