package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/run/warmstart"
)

// rehearse does what the first step of a run does before it computes: it builds the graphs,
// compares what they take with the memory that there is, and loads a batch. Nothing is written.
func (r *prepared) rehearse(ctx context.Context) error {
	store, err := r.checkMemory()
	if err != nil {
		return err
	}
	if r.init != nil {
		if _, err := warmstart.Load(store, r.Model, r.init); err != nil {
			return err
		}
	}
	if r.step == r.Epochs*r.StepsPerEpoch {
		return nil
	}
	var known []loader.BadImage
	if r.saved != nil {
		if known, err = r.dir.BadImages(); err != nil {
			return err
		}
	}
	batches, err := r.load(ctx, r.step, known)
	if err != nil {
		return err
	}
	defer batches.Close()
	_, _, err = batches.Next(ctx)
	return err
}
