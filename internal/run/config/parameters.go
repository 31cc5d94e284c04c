package config

import (
	"fmt"
	"maps"
	"strings"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/settings"
)

// free are the options, or sections of options, that may change when a run goes on: they do not
// touch what the run computes.
var free = []string{
	"preset", "backend", "init", "data.dir", "data.workers", "data.prefetch", "data.cache_mb", "data.max_bad_share",
	"data.max_pixels", "data.normalization", // of which augment.mean and augment.std are what counts
	"model.allow_constant_teacher", "model.vit.recompute", "checkpoint", "knn.every_epochs", "knn.k", "knn.temperature",
	"knn.max_bank", "train.time", "pictures",
}

// Parameters lists by name the options that a checkpoint depends on, with their values, and what
// they are applied to: the digest of the list of images and the number of images that are trained
// on. An option of [later] that has the value of older versions is left out, as it is in their
// checkpoints.
func (c Config) Parameters(dataDigest string, trainImages int) (checkpoint.Parameters, error) {
	values, err := c.Values()
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(values, func(name, value string) bool {
		did, new := later[name]
		return isFree(name) || new && value == did
	})
	p := checkpoint.Parameters(values)
	p["images in data.dir (names and sizes)"] = dataDigest
	p["images trained on"] = fmt.Sprint(trainImages)
	return p, nil
}

// Values lists all options by name, with their values as text.
func (c Config) Values() (map[string]string, error) {
	text, err := c.YAML()
	if err != nil {
		return nil, err
	}
	set, err := settings.Of(text)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, s := range set {
		values[s.Name] = fmt.Sprint(s.Value)
	}
	return values, nil
}

func isFree(name string) bool {
	for _, f := range free {
		if name == f || strings.HasPrefix(name, f+".") {
			return true
		}
	}
	return false
}
