package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/nets/vit"
)

// invalid is an error about an option, by its full path.
func invalid(name option.Name, format string, args ...any) error {
	return option.Errorf("config", name, format, args...)
}

// Validate reports everything that is wrong, without looking at the data. Every error names the
// option by its path.
func (c Config) Validate() error {
	return errors.Join(
		c.validateModel(),
		option.Within("config", "augment", c.Augment.Validate(c.PatchSize())),
		c.validateViews(),
		option.Within("config", "train", c.Train.Optimizer.Validate()),
		c.Train.validate(c.Model),
		c.Data.validate(),
		c.Checkpoint.validate(),
		c.KNN.validate(),
		c.Pictures.validate(),
		c.validateLimits(),
	)
}

func (c Config) validateModel() error {
	if err := option.Within("config", "model", c.Model.Validate()); err != nil {
		return err
	}
	if channels := c.Model.ViT.InChannels; channels != 3 {
		return invalid("model.vit.in_channels", "is %d: must be 3, for images are read as red, green and blue",
			channels)
	}
	// Initial weights are drawn again until they lie within ±2, which a wide distribution hardly
	// ever does.
	if std := c.Model.ViT.InitStd; std > 2 {
		return invalid("model.vit.init_std", "is %g: must be at most 2; 0.02 is usual", std)
	}
	return checkEncoder(c.Model.Encoder)
}

func checkEncoder(name string) error {
	if name == distill.EncoderCustom {
		return nil
	}
	if _, err := vit.Variant(name); err != nil {
		return invalid("model.encoder", "is %q: must be %q, or a name as %s", name, distill.EncoderCustom,
			strings.Join(vit.Names(), ", "))
	}
	return nil
}

func (c Config) validateViews() error {
	global, local := c.Augment.GlobalCrops, c.Augment.LocalCrops
	if global.Number == 1 && local.Number == 0 {
		return invalid("augment.global_crops.number",
			"is 1 and %s is 0: no pair of views is left to compare; use 2 global crops, or local crops",
			option.Name("augment.local_crops.number"))
	}
	return nil
}

// most are limits above which an option costs time or memory without end; no recipe comes near
// them. What a large model costs is not among them.
var most = []struct {
	name  option.Name
	value func(Config) int
	limit int
}{
	{"data.workers", func(c Config) int { return c.Data.Workers }, 1024},
	{"data.decode_mb", func(c Config) int { return c.Data.DecodeMB }, 1 << 20},
	{"data.prefetch", func(c Config) int { return c.Data.Prefetch }, 1024},
	{"model.vit.depth", func(c Config) int { return c.Model.ViT.Depth }, 1000},
	{"model.head_layers", func(c Config) int { return c.Model.HeadLayers }, 100},
	{"augment.global_crops.number", func(c Config) int { return c.Augment.GlobalCrops.Number }, 1000},
	{"augment.local_crops.number", func(c Config) int { return c.Augment.LocalCrops.Number }, 1000},
	{
		"augment.global_crops.blur.kernel_size", func(c Config) int { return c.Augment.GlobalCrops.Blur.KernelSize },
		10001,
	},
	{"augment.local_crops.blur.kernel_size", func(c Config) int { return c.Augment.LocalCrops.Blur.KernelSize }, 10001},
}

func (c Config) validateLimits() error {
	var errs []error
	for _, m := range most {
		if value := m.value(c); value > m.limit {
			errs = append(errs, invalid(m.name, "is %d: must be at most %d", value, m.limit))
		}
	}
	return errors.Join(errs...)
}

func (t Train) validate(m distill.Config) error {
	accumulate := func(format string, args ...any) error { return invalid("train.accumulate", format, args...) }
	switch {
	case t.Optimizer.Kind == "":
		return invalid("train.optimizer.kind", "is empty: must be %q, %q or %q", distill.OptimizerAdamW,
			distill.OptimizerLARS, distill.OptimizerMuon)
	case t.Epochs < 1:
		return invalid("train.epochs", "is %d: must be at least 1", t.Epochs)
	case t.BatchSize < 1:
		return invalid("train.batch_size", "is %d: must be at least 1", t.BatchSize)
	case t.Accumulate < 1 || t.BatchSize%t.Accumulate != 0:
		return accumulate("is %d: must divide %s (%d)", t.Accumulate, option.Name("train.batch_size"), t.BatchSize)
	case t.Accumulate > 1 && m.Targets == distill.TargetsSinkhorn:
		return accumulate("is %d: %s sinkhorn spreads the targets over the whole batch, so it must be 1; or use "+
			"%s centering",
			t.Accumulate, option.Name("model.targets"), option.Name("model.targets"))
	case t.Accumulate > 1 && m.KoLeoWeight > 0:
		return accumulate("is %d: %s looks for the nearest neighbour in the whole batch, so it must be 1; or set "+
			"that to 0", t.Accumulate, option.Name("model.koleo_weight"))
	case t.BatchSize < 2 && m.KoLeoWeight > 0:
		return invalid("train.batch_size", "is %d: %s compares the images of a batch, so it must be at least 2",
			t.BatchSize, option.Name("model.koleo_weight"))
	case t.Accumulate > 1 && m.HeadBatchNorm:
		return accumulate("is %d: %s takes its statistics from the whole batch, so it must be 1; or switch the "+
			"batch norm off", t.Accumulate, option.Name("model.head_batch_norm"))
	}
	return nil
}

var pages = []string{imageio.FirstPage, imageio.AllPages, imageio.PageChannels}

var normalizations = []string{NormalizationGiven, NormalizationImageNet, NormalizationAuto}

func (d Data) validate() error {
	switch {
	case d.Workers < 0:
		return invalid("data.workers", "is %d: must be 0 (one a core) or more", d.Workers)
	case d.Prefetch < 1:
		return invalid("data.prefetch", "is %d: must be at least 1", d.Prefetch)
	case d.CacheMB < 0:
		return invalid("data.cache_mb", "is %d: must be 0 (no cache) or more", d.CacheMB)
	case !(d.MaxBadShare >= 0 && d.MaxBadShare <= 1):
		return invalid("data.max_bad_share", "is %g: must be between 0 and 1", d.MaxBadShare)
	case d.MaxPixels < 1:
		return invalid("data.max_pixels", "is %d: must be at least 1", d.MaxPixels)
	case d.DecodeMB < 0:
		return invalid("data.decode_mb", "is %d: must be 0 (no bound) or more; 1024 is usual", d.DecodeMB)
	case !slices.Contains(append(pages, ""), d.Pages):
		return invalid("data.pages", "is %q: must be %q, %q or %q", d.Pages, imageio.FirstPage, imageio.AllPages,
			imageio.PageChannels)
	case !slices.Contains(append(normalizations, ""), d.Normalization):
		return invalid("data.normalization", "is %q: must be %q, %q or %q", d.Normalization, NormalizationGiven,
			NormalizationImageNet, NormalizationAuto)
	}
	return nil
}

func (c Checkpoint) validate() error {
	if c.EverySteps < 1 {
		return invalid("checkpoint.every_steps", "is %d: must be at least 1", c.EverySteps)
	}
	if c.EveryMinutes < 0 {
		return invalid("checkpoint.every_minutes", "is %d: must be at least 0, which saves by steps alone",
			c.EveryMinutes)
	}
	if c.Keep < 1 {
		return invalid("checkpoint.keep", "is %d: must be at least 1; 2 survives a damaged newest one", c.Keep)
	}
	return nil
}

func (k KNN) validate() error {
	switch {
	case k.EveryEpochs < 0:
		return invalid("knn.every_epochs", "is %d: must be 0 (never) or more", k.EveryEpochs)
	case k.K < 1:
		return invalid("knn.k", "is %d: must be at least 1", k.K)
	case !(k.Temperature >= eval.MinTemperature):
		return invalid("knn.temperature", "is %g: must be at least %.4f, or the votes overflow; 0.07 is usual",
			k.Temperature, eval.MinTemperature)
	case !(k.HoldOut > 0 && k.HoldOut < 1):
		return invalid("knn.hold_out", "is %g: must be between 0 and 1", k.HoldOut)
	case k.MaxQueries < 1:
		return invalid("knn.max_queries", "is %d: must be at least 1", k.MaxQueries)
	case k.MaxBank < 2:
		return invalid("knn.max_bank", "is %d: must be at least 2", k.MaxBank)
	}
	return nil
}

// mostPictured is how many images can be followed: all of an epoch are on one sheet.
const mostPictured = 32

func (p Pictures) validate() error {
	if p.Images < 0 || p.Images > mostPictured {
		return invalid("pictures.images", "is %d: must be from 0, which draws no pictures, to %d", p.Images,
			mostPictured)
	}
	return nil
}

// checkPreset requires the name of a preset.
func checkPreset(name string) error {
	if !slices.Contains([]string{Auto, Seed, Paper}, name) {
		return invalid("preset", "is %q: must be %q, %q or %q", name, Auto, Seed, Paper)
	}
	return nil
}
