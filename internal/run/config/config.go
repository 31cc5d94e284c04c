// Package config composes the configuration of a run from those of the packages it uses: a preset,
// sized to the data and the machine, then a YAML file, then single settings. Decoding is strict,
// everything is validated before any work, and the resolved form is what is printed and saved with
// the run.
package config

import (
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/schedule"
)

// Config is the whole configuration of a pretraining run.
type Config struct {
	Preset     string         `yaml:"preset"`  // auto, seed or paper: where the values below started from
	Seed       uint64         `yaml:"seed"`    // of the initial weights, the order of images and their views
	Backend    string         `yaml:"backend"` // compute engine; auto takes the best that is installed
	Init       string         `yaml:"init"`    // weights that training starts from; empty draws them from the seed
	Data       Data           `yaml:"data"`
	Model      distill.Config `yaml:"model"`
	Augment    augment.Config `yaml:"augment"`
	Train      Train          `yaml:"train"`
	Checkpoint Checkpoint     `yaml:"checkpoint"`
	KNN        KNN            `yaml:"knn"`
	Pictures   Pictures       `yaml:"pictures"`
}

// Data says where images come from and how they are read.
type Data struct {
	Dir         string  `yaml:"dir"`
	Workers     int     `yaml:"workers"`       // images decoded at once; 0 means one a core
	Prefetch    int     `yaml:"prefetch"`      // batches prepared ahead
	CacheMB     int     `yaml:"cache_mb"`      // decoded images kept in memory, in MB; 0 keeps none
	MaxBadShare float64 `yaml:"max_bad_share"` // share of undecodable images above which the run stops
	MaxPixels   int     `yaml:"max_pixels"`    // an image of more is refused by its header
	// what becomes black and white in images of more than 8 bits, or of numbers with a sign or a
	// fraction
	Range stored.Choice `yaml:"range"`
	// where augment.mean and augment.std come from: given, imagenet, or auto, which measures them
	Normalization string `yaml:"normalization"`
	// what becomes of files that end within their pixels
	Truncated imageio.Truncated `yaml:"truncated"`
	// colour that transparent pixels are laid over
	Background imageio.Background `yaml:"background"`
	// pages of a TIFF: the first, all as images, or as channels
	Pages string `yaml:"pages"`
	// memory of all images that are decoded at once, in MB; larger ones are shrunk; 0 bounds
	// nothing
	DecodeMB int `yaml:"decode_mb"`
}

// Sources of the mean and the standard deviation of the channels.
const (
	NormalizationGiven    = "given"    // augment.mean and augment.std
	NormalizationImageNet = "imagenet" // those of ImageNet
	NormalizationAuto     = "auto"     // measured on the images of the run
)

// Train says how long and how the student is trained.
type Train struct {
	// what a new run may take: its epochs are those that fit, by the speed of its first steps
	Time      Time `yaml:"time"`
	Epochs    int  `yaml:"epochs"`
	BatchSize int  `yaml:"batch_size"` // images an optimizer step
	// micro-batches that a batch is cut into, to save memory; the result is the same
	Accumulate int               `yaml:"accumulate"`
	Optimizer  distill.Optimizer `yaml:"optimizer"`
	Schedule   schedule.Config   `yaml:"schedule"` // without the values that are options of the model
}

// Checkpoint says when the run's state is saved.
type Checkpoint struct {
	EverySteps   int `yaml:"every_steps"`
	EveryMinutes int `yaml:"every_minutes"` // also so long after the last; 0 for steps alone
	Keep         int `yaml:"keep"`          // newest checkpoints that stay
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

// Pictures says of what pictures are drawn while the run trains.
type Pictures struct {
	Images int `yaml:"images"` // that are followed over the epochs; 0 draws no pictures
}

// PatchSize is what crop sizes must be multiples of: 1 for networks that are not vision
// transformers.
func (c Config) PatchSize() int { return max(1, c.Model.ViT.PatchSize) }

// StepsPerEpoch returns the optimizer steps of an epoch over the given number of training images.
func (c Config) StepsPerEpoch(images int) int { return images / max(c.Train.BatchSize, 1) }
