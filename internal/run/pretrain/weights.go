package pretrain

import (
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/warmstart"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// describe reads what the weights of a new run say about themselves; nil where there are none. A
// run that goes on does not need them.
func describe(path, layoutName string, newRun bool) (*layout.Description, error) {
	if path == "" && layoutName != "" {
		return nil, ErrNoInit
	}
	if path == "" || !newRun {
		return nil, nil
	}
	d, err := layout.Describe(path, layout.Options{Layout: layoutName, Newest: checkpoint.OpenNewest})
	if err != nil {
		return nil, option.Errorf("config", "init", "is %q: %w", path, err)
	}
	return &d, nil
}

// openInit opens the weights that a new run starts from, and finds how many updates their moments
// have had, where they are of a checkpoint.
func openInit(c config.Config, layoutName string) (warmstart.Source, error) {
	var from warmstart.Source
	var err error
	from.Model, err = layout.Open(c.Init, layout.Options{
		Layout: layoutName, Heads: c.Model.ViT.NumHeads, ImageSize: c.Model.ViT.ImageSize,
		Newest: func(dir string) (weights.Source, []string, error) {
			loaded, notes, err := checkpoint.Latest(dir)
			if err != nil {
				return nil, nil, err
			}
			done := loaded.Done()
			from.Updates = &done
			return loaded.Tensors, notes, nil
		},
	})
	if err != nil || from.Updates != nil {
		return from, err
	}
	if state, err := checkpoint.StateOf(c.Init); err == nil {
		done := state.Done()
		from.Updates = &done
	}
	return from, nil
}
