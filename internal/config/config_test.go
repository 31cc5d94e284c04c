package config

import (
	"testing"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/schedule"
)

// Every option that cannot work is refused by a message that names it, what it is and what is required.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		break_ func(*Config)
		want   string
	}{
		{func(c *Config) { c.Train.Epochs = 0 }, "config: train.epochs is 0: must be at least 1"},
		{func(c *Config) { c.Train.BatchSize = 0 }, "config: train.batch_size is 0: must be at least 1"},
		{func(c *Config) { c.Train.Accumulate = 0 }, "config: train.accumulate is 0: must divide train.batch_size (64)"},
		{func(c *Config) { c.Train.Accumulate = 5 }, "config: train.accumulate is 5: must divide train.batch_size (64)"},
		{func(c *Config) { c.Train.Accumulate, c.Model.Targets = 2, dino.TargetsSinkhorn }, "model.targets sinkhorn spreads the targets over the whole batch"},
		{func(c *Config) { c.Train.Accumulate, c.Model.HeadBatchNorm = 2, true }, "model.head_batch_norm takes its statistics from the whole batch"},
		{func(c *Config) { c.Data.Workers = -1 }, "config: data.workers is -1: must be 0 (one a core) or more"},
		{func(c *Config) { c.Data.Prefetch = 0 }, "config: data.prefetch is 0: must be at least 1"},
		{func(c *Config) { c.Data.CacheMB = -1 }, "config: data.cache_mb is -1: must be 0 (no cache) or more"},
		{func(c *Config) { c.Data.MaxBadShare = 1.5 }, "config: data.max_bad_share is 1.5: must be between 0 and 1"},
		{func(c *Config) { c.Data.MaxPixels = 0 }, "config: data.max_pixels is 0: must be at least 1"},
		{func(c *Config) { c.Checkpoint.EverySteps = 0 }, "config: checkpoint.every_steps is 0: must be at least 1"},
		{func(c *Config) { c.Checkpoint.Keep = 0 }, "config: checkpoint.keep is 0: must be at least 1"},
		{func(c *Config) { c.KNN.EveryEpochs = -1 }, "config: knn.every_epochs is -1: must be 0 (never) or more"},
		{func(c *Config) { c.KNN.K = 0 }, "config: knn.k is 0: must be at least 1"},
		{func(c *Config) { c.KNN.Temperature = 0 }, "config: knn.temperature is 0: must be positive"},
		{func(c *Config) { c.KNN.HoldOut = 1 }, "config: knn.hold_out is 1: must be between 0 and 1"},
		{func(c *Config) { c.KNN.MaxQueries = 0 }, "config: knn.max_queries is 0 and knn.max_bank 20000"},
		{func(c *Config) { c.KNN.MaxBank = 1 }, "knn.max_bank 1: must be at least 1 and 2"},
		{func(c *Config) { c.Augment.LocalCrops.Size = 97 }, "augment: local_crops.size is 97: must be a multiple of the patch size (16); nearest are 96 and 112"},
		{func(c *Config) { c.Augment.GlobalCrops.Number, c.Augment.LocalCrops.Number = 1, 0 }, "no pair of views is left to compare"},
		{func(c *Config) { c.Model.NPrototypes = 1 }, "dino: n_prototypes is 1: must be at least 2"},
		{func(c *Config) { c.Train.Optimizer.Clip = "hard" }, `dino: optimizer.clip is "hard"`},
	} {
		config := paper()
		c.break_(&config)
		requireError(t, config.Validate(), c.want)
	}
}

// All that is wrong is reported at once.
func TestValidateReportsEverything(t *testing.T) {
	c := paper()
	c.Model.TemperatureStudent, c.Train.Epochs, c.KNN.K, c.Checkpoint.Keep = 0, 0, 0, 0
	requireError(t, c.Validate(), "temperature_student", "train.epochs", "knn.k", "checkpoint.keep")
}

// What depends on the length of the run is found before any work.
func TestPlanErrors(t *testing.T) {
	const images = 6400
	for _, c := range []struct {
		break_ func(*Config)
		want   string
	}{
		{func(c *Config) { c.Model.WarmupEpochsTemperatureTeacher = 101 }, "config: model.warmup_epochs_temperature_teacher is 101: longer than the run; at most train.epochs (100)"},
		{func(c *Config) { c.Train.Epochs = 5 }, "lr.warmup is 10 epochs: longer than the run; at most 5 epochs"},
		{func(c *Config) { c.Train.Schedule.LearningRate.Kind = "step" }, `lr.kind is "step": must be one of`},
		{func(c *Config) { c.Train.Schedule.WeightDecay.Start = -1 }, "weight_decay.start is -1"},
		{func(c *Config) { c.Train.Schedule.MomentumPer = "day" }, `momentum.per is "day"`},
		{func(c *Config) { c.Train.Schedule.TeacherTempKind = "cosine" }, `teacher_temp.kind is "cosine"`},
		{func(c *Config) { c.Train.Schedule.FreezeLastLayer = schedule.Length{Count: 200, Unit: schedule.Epochs} }, "freeze_last_layer is 200 epochs"},
		{func(c *Config) { c.Train.BatchSize = images + 1 }, "steps per epoch is 0"},
	} {
		config := paper()
		c.break_(&config)
		_, err := config.Plan(images)
		requireError(t, err, c.want)
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
