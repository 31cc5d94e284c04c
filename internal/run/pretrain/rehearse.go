package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/warmstart"
	"github.com/dino-go/dino/observe"
)

// rehearse does what a run does before it writes: it builds the graphs, compares what they take
// with the memory and the disk that there are, and loads a batch. With measure it computes the
// first steps, in memory, and tells how long the run takes by them.
func (in *inputs) rehearse(ctx context.Context, from *origin, measure bool, told observe.Observer) error {
	if err := in.checkRoom(from); err != nil {
		return err
	}
	if err := told.Started(in.start(from.step, from.best)); err != nil {
		return err
	}
	if err := told.Note(observe.Notef("memory is for: %s", memory.List(in.room.needs))); err != nil {
		return err
	}
	if from.step == in.steps() {
		return nil
	}
	if from.step == 0 {
		if err := in.foresee(told); err != nil {
			return err
		}
	}
	store, err := in.initialised()
	if err != nil {
		return err
	}
	defer store.Finalize()
	if from.init != nil {
		loaded, err := warmstart.Load(store, in.model, in.config.Train.Optimizer, *from.init)
		if err != nil {
			return err
		}
		from.before = loaded.Before
	}
	var known []loader.BadImage
	if from.saved != nil {
		if known, err = in.dir.BadImages(); err != nil {
			return err
		}
	}
	if measure {
		return in.try(ctx, &state{
			store: store, step: from.step, best: from.best, checkpoints: from.checkpoints,
			before: from.before,
		}, known,
			told)
	}
	batches, err := in.load(ctx, from.step, known)
	if err != nil {
		return err
	}
	defer batches.Close()
	_, _, err = batches.Next(ctx)
	return err
}

// try computes the first steps of a run, and tells how long it takes by them.
func (in *inputs) try(ctx context.Context, st *state, known []loader.BadImage, told observe.Observer) error {
	parts, err := in.trialParts(st, known)
	if err != nil {
		return err
	}
	steps, err := trainer.NewTryout(parts, st.step)
	if err != nil {
		return err
	}
	forecast, err := steps.Forecast(ctx)
	if err != nil {
		return err
	}
	return told.Estimated(forecast.Estimate)
}
