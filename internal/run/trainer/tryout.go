package trainer

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/observe"
)

// ErrNotFinite says that a step computed no number. A run ends with a [NonFiniteError] then.
var ErrNotFinite = errors.New("trainer: the loss or the gradient of the first steps is not a number")

// Tryout computes steps of a run that is not one: they change the variables of its learner, and
// nothing is saved, logged or scored.
type Tryout struct {
	trainer *trainer
	from    int
	first   time.Duration // of the first step, which compiles the graph; 0 before there was one
	newest  time.Duration // of the newest
}

// NewTryout prepares steps of a run that has done so many.
func NewTryout(p Parts, from int) (*Tryout, error) {
	s, err := newStepper(p.Config, p.Learner)
	return &Tryout{trainer: &trainer{Parts: p, step: s}, from: from}, err
}

// Step computes a step on a batch, and returns how long that took. The first compiles the graph.
func (t *Tryout) Step(batch *loader.Batch) (time.Duration, error) {
	begun := t.trainer.now()
	m, err := t.trainer.step.run(batch, t.trainer.Plan.At(batch.Step))
	if err == nil && !m.finite() {
		err = ErrNotFinite
	}
	t.newest = t.trainer.now().Sub(begun)
	if t.first == 0 {
		t.first = t.newest
	}
	return t.newest, err
}

// Forecast is how long a run takes, by its first steps.
type Forecast struct {
	observe.Estimate
	Step  time.Duration // mean, with its batches loaded beside it
	First time.Duration // of the first step, which compiles the graph
	Wait  float64       // share of their time in which steps wait for their data, 0 to 1
}

// oneStep is how long a first step may take for a second one to be computed: of one that takes
// longer, compiling is a small part.
const oneStep = 30 * time.Second

// Forecast computes the first steps of the run, as many as tell how long it takes, with batches
// that are loaded meanwhile, and says how long that is by the rule of a run under way.
func (t *Tryout) Forecast(ctx context.Context) (f Forecast, err error) {
	if err := t.measure(ctx, 0); err != nil {
		return f, err
	}
	r := t.trainer
	f.Estimate = r.estimate(t.from)
	f.First, f.Step = t.first, time.Duration(r.pace.seconds*float64(time.Second))
	f.Wait = r.pace.waiting / max(r.pace.seconds, 1e-9)
	f.Left += max(0, f.First-f.Step)
	return f, nil
}

// Bounds of a trial for [Tryout.FitEpochs]: its share of the time, and the longest that it takes
// beyond the steps that are needed in any case.
const (
	trialShare = 0.02
	trialFor   = 15 * time.Second
)

// FitEpochs computes the first steps of a run, and returns how many epochs of it end within a time,
// with the baselines, scores and checkpoints; at least one. whole is how long that many take.
func (t *Tryout) FitEpochs(ctx context.Context, within time.Duration) (epochs int, whole time.Duration, err error) {
	if err := t.measure(ctx, min(time.Duration(trialShare*float64(within)), trialFor)); err != nil {
		return 0, 0, err
	}
	epochs, whole = t.trainer.fit(within)
	return epochs, whole, nil
}

// measure computes the first steps until their speed is known and so much time is over, or the run
// is.
func (t *Tryout) measure(ctx context.Context, atLeast time.Duration) (err error) {
	r := t.trainer
	if r.loader, err = r.NewLoader(ctx, t.from); err != nil {
		return err
	}
	defer r.loader.Close()
	began := r.now()
	r.pace.start(began)
	enough := func() bool { return r.pace.known() && r.now().Sub(began) >= atLeast }
	for step := t.from; step < r.last() && !enough() && t.first < oneStep; step++ {
		batch, waited, err := r.loader.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if _, err := t.Step(batch); err != nil {
			return err
		}
		batch.Release()
		r.pace.step(r.now(), waited, r.Batch)
	}
	if r.pace.first == 0 { // steps take long: what was computed before is enough
		r.pace.seconds = t.newest.Seconds()
	}
	return nil
}
