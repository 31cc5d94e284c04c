package pretrain

import (
	"context"
	"math"

	"github.com/dino-go/dino/augment"
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
	if err := d.listPages(c, told); err != nil {
		return err
	}
	reading, found, err := depth.Reading(ctx, d.index, readingOf(c), c.Data.Range)
	if err != nil {
		return err
	}
	if found.Stacks > 0 && c.Data.Pages == imageio.FirstPage {
		if err := told.Note(observe.Notef("of %d files that were looked into, %d hold several pages, of which the "+
			"first is read (data.pages)", found.Opened, found.Stacks)); err != nil {
			return err
		}
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

// readingOf is how the images of a run are read, but for the range.
func readingOf(c *config.Config) imageio.Reading {
	decode := int64(c.Data.DecodeMB) << 20
	r := imageio.Reading{
		Limits:    imageio.Limits{MaxPixels: c.Data.MaxPixels},
		Truncated: c.Data.Truncated, Background: c.Data.Background, Pages: c.Data.Pages,
		Budget: imageio.NewBudget(decode), MostBytes: decode / 2,
	}
	if decode > 0 {
		r.Enough = enough(c)
	}
	return r
}

// enough is the shorter side in pixels of an image of which the smallest crops are not enlarged.
func enough(c *config.Config) int {
	side := 0.0
	for _, crops := range []augment.Crops{c.Augment.GlobalCrops, c.Augment.LocalCrops} {
		if crops.Number > 0 {
			side = max(side, float64(crops.Size)/math.Sqrt(crops.Scale[0]))
		}
	}
	return int(math.Ceil(side))
}

// listPages makes every page of a TIFF file an image, where that is asked for.
func (d *images) listPages(c *config.Config, told observe.Observer) error {
	if c.Data.Pages != imageio.AllPages {
		return nil
	}
	files := d.index.Len()
	d.index.Expand(func(path string) int {
		return imageio.Pages(path, imageio.Limits{MaxPixels: c.Data.MaxPixels})
	}, imageio.PagePath)
	return told.Note(observe.Notef("data.pages all: %d files hold %d images", files, d.index.Len()))
}
