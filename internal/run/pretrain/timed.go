package pretrain

import (
	"context"
	"time"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

// timeShare is the share of a run's time that its steps, scores and checkpoints are sized to; the
// rest is for their measurement, and for steps that become slower.
const timeShare = 0.96

// sizeToTime gives a new run that names a time as many epochs as fit into it, by the speed of its
// first steps, and tells whether it did. A run that goes on has its epochs: its schedule stays what
// it was.
func (in *inputs) sizeToTime(ctx context.Context, from *config.Sources, told observe.Observer) (sized bool, err error) {
	within := time.Duration(in.config.Train.Time)
	if from.Base != nil || within == 0 {
		return false, nil
	}
	if err := in.checkMemory(); err != nil {
		return false, err
	}
	err = told.Note(observe.Notef("measuring the speed of steps, to fit the run into %v", in.config.Train.Time))
	if err != nil {
		return false, err
	}
	epochs, whole, err := in.fitEpochs(ctx, time.Duration(timeShare*float64(within)))
	if err != nil {
		return false, err
	}
	from.Epochs = epochs
	c, err := config.Load(*from, in.data.found)
	if err != nil {
		return false, usage.Wrap(from.Explain(err))
	}
	// what was measured on the images
	c.Data.Range, c.Data.Normalization = in.config.Data.Range, in.config.Data.Normalization
	c.Augment.Mean, c.Augment.Std = in.config.Augment.Mean, in.config.Augment.Std
	in.config = c
	if whole > within {
		return true, told.Warning(observe.Warning{Note: observe.Notef("one epoch of %d images takes about %s, more "+
			"than %v: train in a smaller network or with smaller crops, on fewer images, or for longer",
			len(in.data.train), whole.Round(time.Second), in.config.Train.Time)})
	}
	return true, told.Note(in.expectation(epochs))
}

// Below so many images that a network has seen, with their views, it was near raw pixels or below
// them in the rows of docs/learning.md.
const enoughImages = 30_000

// expectation says how much a run comes to that was sized to a time.
func (in *inputs) expectation(epochs int) observe.Note {
	seen := epochs * in.config.StepsPerEpoch(len(in.data.train)) * in.config.Train.BatchSize
	n := observe.Notef("%d epochs fit into %v: the network sees %d images", epochs, in.config.Train.Time, seen)
	if seen < enoughImages {
		n.Format += "; below about %d expect little, and train for longer if you can"
		n.Args = append(n.Args, enoughImages)
	}
	return n
}

// fitEpochs computes the first steps of the run, and returns how many epochs end within a time, and
// how long they take.
func (in *inputs) fitEpochs(ctx context.Context, within time.Duration) (int, time.Duration, error) {
	store, err := in.initialised()
	if err != nil {
		return 0, 0, err
	}
	defer store.Finalize()
	st := &state{store: store, best: map[string]float64{}, checkpoints: in.checkpoints()}
	parts, err := in.trialParts(st, nil)
	if err != nil {
		return 0, 0, err
	}
	steps, err := trainer.NewTryout(parts, 0)
	if err != nil {
		return 0, 0, err
	}
	return steps.FitEpochs(ctx, within)
}

// trialParts are the parts of a run of which only steps are computed: nothing is written or told.
func (in *inputs) trialParts(st *state, known []loader.BadImage) (trainer.Parts, error) {
	var err error
	if st.scoring, err = in.newScoring(st.store, observe.Nothing{}); err != nil {
		return trainer.Parts{}, err
	}
	parts := in.parts(st, nil, observe.Nothing{})
	parts.BadImages = func([]loader.BadImage) error { return nil }
	parts.NewLoader = func(ctx context.Context, step int) (*loader.Loader, error) { return in.load(ctx, step, known) }
	return parts, nil
}
