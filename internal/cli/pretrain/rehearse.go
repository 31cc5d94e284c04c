package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/loader"
	"github.com/dino-go/dino/internal/trainer"
	"github.com/dino-go/dino/internal/warmstart"
)

// rehearse does what the first step of a run does before it computes: it builds the graphs, and loads a batch. Nothing is written.
func (r *prepared) rehearse(ctx context.Context) error {
	crops := r.c.Augment
	var sides []int
	for range crops.GlobalCrops.Number {
		sides = append(sides, crops.GlobalCrops.Size)
	}
	for range crops.LocalCrops.Number {
		sides = append(sides, crops.LocalCrops.Size)
	}
	store, err := trainer.Rehearse(r.Config, sides)
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
