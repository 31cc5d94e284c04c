// Package config composes the configuration of a run from those of the packages it uses: a preset, sized to the data and the machine,
// then a YAML file, then single settings. Decoding is strict, everything is validated before any work, and the resolved form is what
// is printed and saved with the run.
package config

import (
	"errors"
	"fmt"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/schedule"
)

// Config is the whole configuration of a pretraining run.
type Config struct {
	Preset     string         `yaml:"preset"`  // auto, seed or paper: where the values below started from
	Seed       uint64         `yaml:"seed"`    // of the initial weights, the order of images and their views
	Backend    string         `yaml:"backend"` // compute engine; auto takes the best that is installed
	Init       string         `yaml:"init"`    // weights that training starts from; empty draws them from the seed
	Data       Data           `yaml:"data"`
	Model      dino.Config    `yaml:"model"`
	Augment    augment.Config `yaml:"augment"`
	Train      Train          `yaml:"train"`
	Checkpoint Checkpoint     `yaml:"checkpoint"`
	KNN        KNN            `yaml:"knn"`
}

// Data says where images come from and how they are read.
type Data struct {
	Dir         string  `yaml:"dir"`
	Workers     int     `yaml:"workers"`       // images decoded at once; 0 means one a core
	Prefetch    int     `yaml:"prefetch"`      // batches prepared ahead
	CacheMB     int     `yaml:"cache_mb"`      // decoded images kept in memory, in MB; 0 keeps none
	MaxBadShare float64 `yaml:"max_bad_share"` // share of undecodable images above which the run stops
	MaxPixels   int     `yaml:"max_pixels"`    // an image of more is refused by its header
}

// Train says how long and how the student is trained.
type Train struct {
	Epochs     int            `yaml:"epochs"`
	BatchSize  int            `yaml:"batch_size"` // images an optimizer step
	Accumulate int            `yaml:"accumulate"` // micro-batches that a batch is cut into, to save memory; the result is the same
	Optimizer  dino.Optimizer `yaml:"optimizer"`
	Schedule   Schedule       `yaml:"schedule"`
}

// Schedule says how the scheduled numbers develop. The values of momentum and teacher temperature are options of the model.
type Schedule struct {
	LearningRate    schedule.LearningRate `yaml:"lr"`
	WeightDecay     schedule.WeightDecay  `yaml:"weight_decay"`
	MomentumPer     string                `yaml:"momentum_per"`      // step (official) or epoch (seed)
	TeacherTempKind string                `yaml:"teacher_temp_kind"` // official or seed; they differ by one epoch in when the warm-up ends
	FreezeLastLayer schedule.Length       `yaml:"freeze_last_layer"` // how long the prototypes get no update
}

// Checkpoint says when the run's state is saved.
type Checkpoint struct {
	EverySteps int `yaml:"every_steps"`
	Keep       int `yaml:"keep"` // newest checkpoints that stay
}

// KNN says how the teacher is scored while it trains, when the images lie in class folders.
type KNN struct {
	EveryEpochs int     `yaml:"every_epochs"` // 0 never; then no image is held out
	K           int     `yaml:"k"`
	Temperature float64 `yaml:"temperature"`
	HoldOut     float64 `yaml:"hold_out"`    // share of the images that is kept from training and classified
	MaxQueries  int     `yaml:"max_queries"` // at most so many images are held out
	MaxBank     int     `yaml:"max_bank"`    // at most so many training images vote
}

// PatchSize is what crop sizes must be multiples of: 1 for networks that are not vision transformers.
func (c Config) PatchSize() int { return max(1, c.Model.ViT.PatchSize) }

// StepsPerEpoch returns the optimizer steps of an epoch over the given number of training images.
func (c Config) StepsPerEpoch(images int) int { return images / c.Train.BatchSize }

// Plan resolves the schedules of a run over the given number of training images.
func (c Config) Plan(images int) (*schedule.Plan, error) {
	if warmup := c.Model.WarmupEpochsTemperatureTeacher; warmup > c.Train.Epochs {
		return nil, fmt.Errorf("config: model.warmup_epochs_temperature_teacher is %d: longer than the run; at most train.epochs (%d)", warmup, c.Train.Epochs)
	}
	s := c.Train.Schedule
	return schedule.New(schedule.Config{
		LearningRate: s.LearningRate,
		WeightDecay:  s.WeightDecay,
		Momentum:     schedule.Momentum{Start: c.Model.EMADecayStart, End: c.Model.EMADecayEnd, Per: s.MomentumPer},
		TeacherTemp: schedule.TeacherTemp{
			Kind: s.TeacherTempKind, Start: c.Model.TemperatureTeacherWarmup, Final: c.Model.TemperatureTeacher,
			Warmup: epochs(float64(c.Model.WarmupEpochsTemperatureTeacher)),
		},
		FreezeLastLayer: s.FreezeLastLayer,
	}, schedule.Run{Epochs: c.Train.Epochs, StepsPerEpoch: c.StepsPerEpoch(images), Batch: c.Train.BatchSize})
}

// Validate reports everything that is wrong, without looking at the data.
func (c Config) Validate() error {
	errs := []error{
		c.Model.Validate(),
		c.Augment.Validate(c.PatchSize()),
		c.Train.Optimizer.Validate(),
		c.Train.validate(c.Model),
		c.Data.validate(),
		c.Checkpoint.validate(),
		c.KNN.validate(),
	}
	if c.Augment.GlobalCrops.Number == 1 && c.Augment.LocalCrops.Number == 0 {
		errs = append(errs, fmt.Errorf("config: augment.global_crops.number is 1 and augment.local_crops.number is 0: no pair of views is left to compare; use 2 global crops, or local crops"))
	}
	return errors.Join(errs...)
}

func (t Train) validate(m dino.Config) error {
	switch {
	case t.Epochs < 1:
		return fmt.Errorf("config: train.epochs is %d: must be at least 1", t.Epochs)
	case t.BatchSize < 1:
		return fmt.Errorf("config: train.batch_size is %d: must be at least 1", t.BatchSize)
	case t.Accumulate < 1 || t.BatchSize%t.Accumulate != 0:
		return fmt.Errorf("config: train.accumulate is %d: must divide train.batch_size (%d)", t.Accumulate, t.BatchSize)
	case t.Accumulate > 1 && m.Targets == dino.TargetsSinkhorn:
		return fmt.Errorf("config: train.accumulate is %d: model.targets sinkhorn spreads the targets over the whole batch, so it must be 1; or use model.targets centering", t.Accumulate)
	case t.Accumulate > 1 && m.HeadBatchNorm:
		return fmt.Errorf("config: train.accumulate is %d: model.head_batch_norm takes its statistics from the whole batch, so it must be 1; or switch the batch norm off", t.Accumulate)
	}
	return nil
}

func (d Data) validate() error {
	switch {
	case d.Workers < 0:
		return fmt.Errorf("config: data.workers is %d: must be 0 (one a core) or more", d.Workers)
	case d.Prefetch < 1:
		return fmt.Errorf("config: data.prefetch is %d: must be at least 1", d.Prefetch)
	case d.CacheMB < 0:
		return fmt.Errorf("config: data.cache_mb is %d: must be 0 (no cache) or more", d.CacheMB)
	case !(d.MaxBadShare >= 0 && d.MaxBadShare <= 1):
		return fmt.Errorf("config: data.max_bad_share is %g: must be between 0 and 1", d.MaxBadShare)
	case d.MaxPixels < 1:
		return fmt.Errorf("config: data.max_pixels is %d: must be at least 1", d.MaxPixels)
	}
	return nil
}

func (c Checkpoint) validate() error {
	if c.EverySteps < 1 {
		return fmt.Errorf("config: checkpoint.every_steps is %d: must be at least 1", c.EverySteps)
	}
	if c.Keep < 1 {
		return fmt.Errorf("config: checkpoint.keep is %d: must be at least 1; 2 survives a damaged newest one", c.Keep)
	}
	return nil
}

func (k KNN) validate() error {
	switch {
	case k.EveryEpochs < 0:
		return fmt.Errorf("config: knn.every_epochs is %d: must be 0 (never) or more", k.EveryEpochs)
	case k.K < 1:
		return fmt.Errorf("config: knn.k is %d: must be at least 1", k.K)
	case !(k.Temperature > 0):
		return fmt.Errorf("config: knn.temperature is %g: must be positive", k.Temperature)
	case !(k.HoldOut > 0 && k.HoldOut < 1):
		return fmt.Errorf("config: knn.hold_out is %g: must be between 0 and 1", k.HoldOut)
	case k.MaxQueries < 1 || k.MaxBank < 2:
		return fmt.Errorf("config: knn.max_queries is %d and knn.max_bank %d: must be at least 1 and 2", k.MaxQueries, k.MaxBank)
	}
	return nil
}
