package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/run/warmstart"
)

// rehearse does what the first step of a run does before it computes: it builds the graphs,
// compares what they take with the memory that there is, and loads a batch. Nothing is written. It
// returns what the run takes of memory, for a person.
func (in *inputs) rehearse(ctx context.Context, from *origin) (needed string, err error) {
	store, needed, err := in.checkMemory()
	if err != nil {
		return "", err
	}
	if from.init != nil {
		if _, err := warmstart.Load(store, in.model, from.init); err != nil {
			return "", err
		}
	}
	if from.step == in.steps() {
		return needed, nil
	}
	var known []loader.BadImage
	if from.saved != nil {
		if known, err = in.dir.BadImages(); err != nil {
			return "", err
		}
	}
	batches, err := in.load(ctx, from.step, known)
	if err != nil {
		return "", err
	}
	defer batches.Close()
	_, _, err = batches.Next(ctx)
	return needed, err
}
