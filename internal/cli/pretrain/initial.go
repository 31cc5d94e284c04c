package pretrain

import (
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/internal/run/warmstart"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/weights/layout"
)

// describe reads what the weights of a new run say about themselves; nil where there are none. A
// run that goes on does not need them.
func describe(path, layoutName string, newRun bool) (*layout.Description, error) {
	if path == "" && layoutName != "" {
		return nil, usage.Errorf("pretrain: --layout is %q, but there is no --init: it says how those weights "+
			"are laid out", layoutName)
	}
	if path == "" || !newRun {
		return nil, nil
	}
	d, err := layout.Describe(path, layout.Options{Layout: layoutName})
	if err != nil {
		return nil, option.Errorf("config", "init", "is %q: %w", path, err)
	}
	return &d, nil
}

// openInit opens the weights that a new run starts from.
func (r *prepared) openInit(layoutName string) error {
	if r.c.Init == "" || r.saved != nil {
		return nil
	}
	o := layout.Options{Layout: layoutName, Heads: r.c.Model.ViT.NumHeads, ImageSize: r.c.Model.ViT.ImageSize}
	m, err := layout.Open(r.c.Init, o)
	if err != nil {
		return usage.Wrap(err)
	}
	r.init, r.opened = m, append(r.opened, m)
	return nil
}

// startFromInit replaces the initial values of a new run, and says what came along.
func (r *prepared) startFromInit() error {
	if r.init == nil {
		return nil
	}
	defer r.init.Close() // the values are copied
	lines, err := warmstart.Load(r.Store, r.Model, r.init)
	if err != nil {
		return usage.Wrap(err)
	}
	r.Progress.Note("starting from %s (%s)\n  %s", r.init.Path, r.init.Layout, terminal.Lines(lines, "\n  "))
	for _, note := range r.init.Notes {
		r.Progress.Note("note: %s", note)
	}
	return nil
}
