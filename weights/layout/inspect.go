package layout

import (
	"errors"
	"fmt"

	"github.com/dino-go/dino/weights"
)

// Inspection is what can be said about any file of tensors: the description, if it holds a vision
// transformer, else why it does not.
type Inspection struct {
	*Description                // nil where the source is not recognised
	Unrecognised error          // why it is not
	Source       weights.Source // open; the caller closes it
}

// Inspect is [Describe] for any file of tensors. A layout that is asked for must fit.
func Inspect(path string, o Options) (*Inspection, error) {
	p, err := openPlan(path, o)
	if err != nil {
		return nil, err
	}
	err = p.make(o)
	switch {
	case err == nil:
		return &Inspection{Description: &p.Description, Source: p.source}, nil
	case o.Layout != "":
		return nil, errors.Join(fmt.Errorf("weights: %s: %w", path, err), p.source.Close())
	}
	return &Inspection{Unrecognised: err, Source: p.source}, nil
}
