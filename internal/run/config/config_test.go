package config

import (
	"math"
	"testing"

	"github.com/dino-go/dino/distill"

	"github.com/dino-go/dino/internal/testkit"
)

// Every option that cannot work is refused by a message that names it, what it is and what is
// required.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		break_ func(*Config)
		want   string
	}{
		{func(c *Config) { c.Train.Epochs = 0 }, "config: train.epochs is 0: must be at least 1"},
		{func(c *Config) { c.Train.BatchSize = 0 }, "config: train.batch_size is 0: must be at least 1"},
		{
			func(c *Config) { c.Train.Accumulate = 0 },
			"config: train.accumulate is 0: must divide train.batch_size (64)",
		},
		{
			func(c *Config) { c.Train.Accumulate = 5 },
			"config: train.accumulate is 5: must divide train.batch_size (64)",
		},
		{
			func(c *Config) { c.Train.Accumulate, c.Model.Targets = 2, distill.TargetsSinkhorn },
			"config: train.accumulate is 2: model.targets sinkhorn spreads the targets over the whole batch",
		},
		{
			func(c *Config) { c.Train.Accumulate, c.Model.KoLeoWeight = 2, 0.1 },
			"config: train.accumulate is 2: model.koleo_weight looks for the nearest neighbour in the whole batch",
		},
		{
			func(c *Config) { c.Train.BatchSize, c.Model.KoLeoWeight = 1, 0.1 },
			"config: train.batch_size is 1: model.koleo_weight compares the images of a batch, so it must be at " +
				"least 2",
		},
		{func(c *Config) { c.Model.KoLeoWeight = -0.1 }, "config: model.koleo_weight is -0.1: must be at least 0"},
		{
			func(c *Config) { c.Train.Accumulate, c.Model.HeadBatchNorm = 2, true },
			"config: train.accumulate is 2: model.head_batch_norm takes its statistics from the whole batch",
		},
		{func(c *Config) { c.Data.Workers = -1 }, "config: data.workers is -1: must be 0 (one a core) or more"},
		{func(c *Config) { c.Data.Prefetch = 0 }, "config: data.prefetch is 0: must be at least 1"},
		{func(c *Config) { c.Data.CacheMB = -1 }, "config: data.cache_mb is -1: must be 0 (no cache) or more"},
		{func(c *Config) { c.Data.MaxBadShare = 1.5 }, "config: data.max_bad_share is 1.5: must be between 0 and 1"},
		{func(c *Config) { c.Data.MaxPixels = 0 }, "config: data.max_pixels is 0: must be at least 1"},
		{func(c *Config) { c.Checkpoint.EverySteps = 0 }, "config: checkpoint.every_steps is 0: must be at least 1"},
		{func(c *Config) { c.Checkpoint.Keep = 0 }, "config: checkpoint.keep is 0: must be at least 1"},
		{func(c *Config) { c.KNN.EveryEpochs = -1 }, "config: knn.every_epochs is -1: must be 0 (never) or more"},
		{func(c *Config) { c.KNN.K = 0 }, "config: knn.k is 0: must be at least 1"},
		{func(c *Config) { c.KNN.Temperature = 0 }, "config: knn.temperature is 0: must be at least 0.0015"},
		{func(c *Config) { c.KNN.Temperature = 0.001 }, "config: knn.temperature is 0.001: must be at least 0.0015"},
		{func(c *Config) { c.KNN.HoldOut = 0 }, "config: knn.hold_out is 0: must be between 0 and 1"},
		{func(c *Config) { c.KNN.HoldOut = 1 }, "config: knn.hold_out is 1: must be between 0 and 1"},
		{func(c *Config) { c.KNN.MaxQueries = 0 }, "config: knn.max_queries is 0: must be at least 1"},
		{func(c *Config) { c.KNN.MaxBank = 1 }, "config: knn.max_bank is 1: must be at least 2"},
		{func(c *Config) { c.Pictures.Images = -1 }, "config: pictures.images is -1: must be from 0"},
		{func(c *Config) { c.Pictures.Images = 33 }, "config: pictures.images is 33: must be from 0"},
		{
			func(c *Config) { c.Augment.LocalCrops.Size = 97 },
			"config: augment.local_crops.size is 97: must be a multiple of the patch size (16); nearest " +
				"are 96 and 112",
		},
		{
			func(c *Config) { c.Augment.GlobalCrops.Number, c.Augment.LocalCrops.Number = 1, 0 },
			"config: augment.global_crops.number is 1 and augment.local_crops.number is 0: no pair of views is " +
				"left to compare",
		},
		{func(c *Config) { c.Model.NPrototypes = 1 }, "config: model.n_prototypes is 1: must be at least 2"},
		{
			func(c *Config) { c.Train.Optimizer.Clip = "hard" },
			`config: train.optimizer.clip is "hard": must be "none", "per_tensor" or "global"`,
		},
		{
			func(c *Config) { c.Model.ViT.NumHeads = 5 },
			"config: model.vit.embed_dim is 384: must be a multiple of model.vit.num_heads (5)",
		},
		{
			func(c *Config) { c.Model.ViT.MLPRatio = 1e30 },
			"config: model.vit.mlp_ratio is 1e+30: must make the hidden layer, model.vit.embed_dim (384) times as " +
				"wide, 1 to 16777216 wide",
		},
		{func(c *Config) { c.Model.ViT.InitStd = 1e6 }, "config: model.vit.init_std is 1e+06: must be at most 2"},
		{func(c *Config) { c.Model.ViT.InChannels = 5 }, "config: model.vit.in_channels is 5: must be 3"},
		{
			func(c *Config) { c.Model.Encoder = "resnet50" },
			`config: model.encoder is "resnet50": must be "custom", or a name as vit_tiny_patch8_224`,
		},
		{
			func(c *Config) { c.Train.Optimizer.AdamW.Beta2 = 1 },
			"config: train.optimizer.adamw.beta2 is 1: must be in [0, 1)",
		},
		{
			func(c *Config) { c.Model.TemperatureTeacher = 0 },
			"config: model.temperature_teacher is 0: must be positive",
		},
		{func(c *Config) { c.Data.Workers = 1 << 30 }, "config: data.workers is 1073741824: must be at most 1024"},
	} {
		config := paper()
		c.break_(&config)
		testkit.RequireError(t, config.Validate(), c.want)
	}
}

// All that is wrong is reported at once.
func TestValidateReportsEverything(t *testing.T) {
	c := paper()
	c.Model.TemperatureStudent, c.Train.Epochs, c.KNN.K, c.Checkpoint.Keep = 0, 0, 0, 0
	testkit.RequireError(t, c.Validate(), "temperature_student", "train.epochs", "knn.k", "checkpoint.keep")
}

// What the seed class computes is no error: a run that ends within the warm-up of the temperature,
// and targets that are softer than the predictions.
func TestWhatTheClassAllows(t *testing.T) {
	c := seed()
	c.Train.Epochs, c.Model.TemperatureTeacher = 3, 0.2
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	plan, err := c.Plan(6400)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plan.At(149).TeacherTemp, 0.04+0.2*(0.2-0.04); math.Abs(got-want) > 1e-12 {
		t.Errorf("the temperature ends at %v, want %v", got, want)
	}
}

// What depends on the length of the run is found before any work.
func TestPlanErrors(t *testing.T) {
	const images = 6400
	for _, c := range []struct {
		break_ func(*Config)
		want   string
	}{
		{
			func(c *Config) { c.Model.WarmupEpochsTemperatureTeacher = 101 },
			"config: model.warmup_epochs_temperature_teacher is 101: longer than the run; at most train.epochs " +
				"(100), or set train.schedule.teacher_temp_kind to seed, whose warm-up may last longer",
		},
		{
			func(c *Config) { c.Train.Epochs = 5 },
			"config: train.schedule.lr.warmup is 10 epochs: longer than the run; at most 5 epochs",
		},
		{
			func(c *Config) { c.Train.Schedule.LearningRate.Kind = "step" },
			`config: train.schedule.lr.kind is "step": must be one of`,
		},
		{
			func(c *Config) { c.Train.Schedule.WeightDecay.Start = -1 },
			"config: train.schedule.weight_decay.start is -1: must be at least 0",
		},
		{
			func(c *Config) { c.Train.Schedule.MomentumPer = "day" },
			`config: train.schedule.momentum_per is "day": must be one of ["step" "epoch"]`,
		},
		{
			func(c *Config) { c.Train.Schedule.TeacherTempKind = "cosine" },
			`config: train.schedule.teacher_temp_kind is "cosine": must be one of ["official" "seed"]`,
		},
		{
			func(c *Config) { c.Train.BatchSize = images + 1 },
			"config: train.batch_size is 6401: must be at most the number of images to train on, 6400",
		},
	} {
		config := paper()
		c.break_(&config)
		_, err := config.Plan(images)
		testkit.RequireError(t, err, c.want)
	}
}

func TestPatchSize(t *testing.T) {
	c := paper()
	if c.PatchSize() != 16 {
		t.Errorf("patch size %d, want that of the network", c.PatchSize())
	}
	c.Model.ViT.PatchSize = 0
	if c.PatchSize() != 1 {
		t.Errorf("patch size %d without a vision transformer, want 1: any crop size will do", c.PatchSize())
	}
}
