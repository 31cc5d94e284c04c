package layout

import (
	"errors"
	"fmt"

	"github.com/dino-go/dino/weights"
)

// Open recognises the weights at path, a file or a folder, and maps them: see the package comment.
// The caller closes the model.
func Open(path string, o Options) (*Model, error) {
	p, err := newPlan(path, o)
	if err != nil {
		return nil, err
	}
	m := &Model{Description: p.Description, source: p.source}
	if err := m.fill(p.recipes); err != nil {
		return nil, errors.Join(fmt.Errorf("weights: %s: %w", path, err), m.Close())
	}
	return m, nil
}

// Describe is [Open] without the data: it reads names, shapes and side files.
func Describe(path string, o Options) (Description, error) {
	p, err := newPlan(path, o)
	if err != nil {
		return Description{}, err
	}
	return p.Description, p.source.Close()
}

// plan is a description with the recipes for its tensors.
type plan struct {
	Description
	source  weights.Source
	side    side
	traits  traits
	recipes []recipe
}

func newPlan(path string, o Options) (*plan, error) {
	p, err := openPlan(path, o)
	if err != nil {
		return nil, err
	}
	if err := p.make(o); err != nil {
		return nil, errors.Join(fmt.Errorf("weights: %s: %w", path, err), p.source.Close())
	}
	return p, nil
}

// openPlan opens the files at path without reading what they describe.
func openPlan(path string, o Options) (*plan, error) {
	place, err := find(path, o)
	if err != nil {
		return nil, fmt.Errorf("weights: %s: %w", path, err)
	}
	source, notes, err := place.open(o)
	if err != nil {
		return nil, err
	}
	p := &plan{source: source, side: place.side}
	p.Path, p.RunConfig, p.Notes = path, place.config, notes
	p.noteSkipped()
	if p.source, err = unwrap(source); err != nil {
		return nil, errors.Join(fmt.Errorf("weights: %s: %w", path, err), source.Close())
	}
	return p, nil
}

// make recognises the layout, translates names, infers the architecture and verifies that it has
// all its tensors.
func (p *plan) make(o Options) error {
	if err := p.checkKind(); err != nil {
		return err
	}
	if err := p.readTraits(); err != nil {
		return err
	}
	roots, err := findRoots(p.source.Names(), o.Prefix)
	if err != nil {
		return err
	}
	if p.Layout, err = recognise(p.source, roots, o.Layout); err != nil {
		return err
	}
	if o.Layout == "" && isAmbiguous(p.source, roots) && len(p.side.config.fields) == 0 {
		p.noteAmbiguous()
	}
	if err := p.translate(roots); err != nil {
		return err
	}
	if err := p.infer(o); err != nil {
		return err
	}
	p.heads(roots)
	p.center()
	p.optimizer()
	if err := p.verify(); err != nil {
		return err
	}
	p.Preprocessing, err = p.preprocessing()
	p.Provenance = provenance(own(p.source))
	p.report()
	return err
}

func (p *plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}
