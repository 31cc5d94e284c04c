package config

import (
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"
)

// Names of the presets.
const (
	Auto  = "auto"  // sized to the data and the machine
	Seed  = "seed"  // the seed class and its library's recipe
	Paper = "paper" // the official code
)

// Preset returns a preset's configuration for the given data and machine.
func Preset(name string, facts Facts) (Config, error) {
	switch name {
	case Auto:
		return auto(facts), nil
	case Seed:
		return seed(), nil
	case Paper:
		return paper(), nil
	}
	return Config{}, checkPreset(name)
}

// common are the options in which the presets do not differ.
func common() Config {
	return Config{
		Backend: "auto",
		Data: Data{
			Prefetch: 3, CacheMB: 1024, MaxBadShare: 0.05, MaxPixels: imageio.DefaultMaxPixels,
			Range: stored.Choice{Word: stored.Auto}, Normalization: NormalizationGiven,
			Pages: imageio.FirstPage, DecodeMB: 1024,
		},
		Model:      distill.DefaultConfig(),
		Train:      Train{Accumulate: 1, Optimizer: distill.DefaultOptimizer()},
		Checkpoint: Checkpoint{EverySteps: 500, EveryMinutes: 10, Keep: 2},
		KNN:        KNN{EveryEpochs: 1, K: 20, Temperature: 0.07, HoldOut: 0.1, MaxQueries: 2000, MaxBank: 20000},
		Pictures:   Pictures{Images: 8},
	}
}

// seed is the ImageNet-10 benchmark of stable-pretraining, the recipe behind its published DINO
// number, except that the teacher follows after the optimizer step, not before it.
func seed() Config {
	c := common()
	c.Augment = augment.Default(augment.Seed)
	c.Model.ViT, _ = vit.Variant(c.Model.Encoder)
	c.Model.WarmupEpochsTemperatureTeacher = 10
	c.Train.Epochs, c.Train.BatchSize = 200, 128
	o := &c.Train.Optimizer
	o.AdamW.Beta2, o.Decay, o.Clip, o.ClipNorm = 0.95, optim.DecayAll, distill.ClipNone, 0
	c.Train.Schedule = schedule.Config{
		LearningRate: schedule.LearningRate{
			Kind: schedule.KindWarmupCosineSeed, Base: 5e-4, StartFactor: 0.01,
			Warmup: percent(1),
		},
		WeightDecay:     schedule.WeightDecay{Kind: schedule.KindConstant, Start: 0.05},
		MomentumPer:     schedule.PerEpoch,
		TeacherTempKind: schedule.KindSeed,
	}
	return c
}

// paper is main_dino.py with its default flags (facebookresearch/dino).
func paper() Config {
	c := common()
	c.Augment = augment.Default(augment.Paper)
	c.Model.ViT, _ = vit.Variant(c.Model.Encoder)
	c.Model.ViT.PosEmbed, c.Model.ViT.DropPath = vit.PosEmbedOfficial, 0.1
	c.Model.Head, c.Model.CenterRule, c.Model.EMABuffers = distill.HeadOfficial, distill.CenterOfficial, false
	c.Model.TemperatureTeacher, c.Model.WarmupEpochsTemperatureTeacher = 0.04, 0
	c.Train.Epochs, c.Train.BatchSize = 100, 64
	c.Train.Schedule = official()
	return c
}

// official are the schedules of the official code.
func official() schedule.Config {
	return schedule.Config{
		LearningRate: schedule.LearningRate{
			Kind: schedule.KindCosine, Base: 5e-4, ScaleByBatch: true, End: 1e-6,
			Warmup: epochs(10),
		},
		WeightDecay:     schedule.WeightDecay{Kind: schedule.KindCosine, Start: 0.04, End: 0.4},
		MomentumPer:     schedule.PerStep,
		TeacherTempKind: schedule.KindOfficial,
		FreezeLastLayer: epochs(1),
	}
}

func percent(n float64) schedule.Length { return schedule.Length{Count: n, Unit: schedule.Percent} }
func epochs(n float64) schedule.Length  { return schedule.Length{Count: n, Unit: schedule.Epochs} }
