package pretrain

import (
	"context"

	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/observe"
)

// measure sets how images are read, and replaces what the configuration leaves to the images by
// what they measure: the range of values, and mean and standard deviation of the channels. A run
// that goes on has measured them.
func (d *images) measure(ctx context.Context, c, base *config.Config, told observe.Observer) error {
	if c.Data.Range.Measured() && base != nil {
		c.Data.Range = base.Data.Range
	}
	reading, found, err := depth.Reading(ctx, d.index, imageio.Limits{MaxPixels: c.Data.MaxPixels}, c.Data.Range)
	if err != nil {
		return err
	}
	if found.Images > 0 {
		if err := told.Note(observe.Notef("data.range %s: %s", c.Data.Range.Word, found)); err != nil {
			return err
		}
	}
	d.reading, c.Data.Range = reading, stored.Given(reading.Range)
	if c.Data.Normalization != config.NormalizationAuto {
		return nil
	}
	c.Data.Normalization = config.NormalizationGiven
	if base != nil {
		c.Augment.Mean, c.Augment.Std = base.Augment.Mean, base.Augment.Std
		return nil
	}
	if c.Augment.Mean, c.Augment.Std, err = depth.Statistics(ctx, d.index, d.reading); err != nil {
		return err
	}
	return told.Note(observe.Notef("data.normalization auto: mean %.4g, %.4g, %.4g and standard deviation %.4g, %.4g, "+
		"%.4g of red, green and blue are measured, and saved as augment.mean and augment.std", c.Augment.Mean[0],
		c.Augment.Mean[1], c.Augment.Mean[2], c.Augment.Std[0], c.Augment.Std[1], c.Augment.Std[2]))
}
