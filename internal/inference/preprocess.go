package inference

import (
	"fmt"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/weights/layout"
)

// Normalizer normalises whole images, which are neither resized nor cut.
func Normalizer(p layout.Preprocessing) *augment.Normalizer {
	return augment.NewNormalizer(p.Normalization())
}

// CheckPreprocessing verifies that a network can take the images that a preparation makes.
func CheckPreprocessing(c nets.Config, p layout.Preprocessing) error {
	if channels := c.Geometry().Channels; channels != 3 {
		return fmt.Errorf("the network takes images of %d channels: must be 3", channels)
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if err := nets.CheckSize(c, p.Sides()); err != nil {
		return fmt.Errorf("preprocessing: %w", err)
	}
	return nil
}

// decodedAtOnce bounds the bytes that decoding takes at the same time.
const decodedAtOnce = 1 << 30

// Reading is how files are read for a preparation.
func Reading(p layout.Preprocessing) imageio.Reading {
	r := imageio.Reading{
		Limits: imageio.Limits{MaxPixels: imageio.DefaultMaxPixels}, Range: p.Range, Pages: p.Pages,
		Budget: imageio.NewBudget(decodedAtOnce),
	}
	if p.Background != "" {
		_ = r.Background.UnmarshalText([]byte(p.Background)) // none, if it is no colour
	}
	return r
}
