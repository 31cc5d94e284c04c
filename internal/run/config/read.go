package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/optim"
)

// Read decodes a complete configuration, as a run folder holds it.
func Read(path string) (Config, error) {
	l, err := readFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := older()
	if err != nil {
		return c, err
	}
	lines, err := l.into(&c)
	if err != nil {
		return c, err
	}
	if err := complete(lines); err != nil {
		return c, fmt.Errorf("config: %s: %w", path, err)
	}
	return c, noted(errors.Join(checkPreset(c.Preset), c.Validate()),
		func(name string) string { return fmt.Sprintf(" (in %s, line %d)", path, lines[name]) })
}

// later are the options that configurations and checkpoints of older versions lack, and the values
// that say what those versions did.
var later = map[string]string{
	"model.allow_constant_teacher": "false",
	"model.koleo_weight":           "0",
	"model.vit.activation":         "gelu",
	"model.vit.norm":               "auto",
	"model.vit.post_norm":          "false",
	"model.vit.dist_token":         "false",
	"data.range":                   "type",
	"data.normalization":           "given",
	"data.truncated":               "refuse",
	"data.background":              "none",
	"data.pages":                   "first",
	"data.decode_mb":               "0",
	"train.time":                   "0",
	"checkpoint.every_minutes":     "0",
	"pictures.images":              "0",

	"train.optimizer.kind":             distill.OptimizerAdamW,
	"train.optimizer.lars.momentum":    "0.9",
	"train.optimizer.lars.trust":       "0.001",
	"train.optimizer.muon.momentum":    "0.95",
	"train.optimizer.muon.nesterov":    "true",
	"train.optimizer.muon.iterations":  "5",
	"train.optimizer.muon.adjust_rate": optim.AdjustMatchAdamW,
	"train.optimizer.muon.rate_factor": "1",
}

// older is a configuration in which the options of [later] have what older versions did.
func older() (c Config, err error) {
	for _, path := range slices.Sorted(maps.Keys(later)) {
		l, err := settingLayer(path, path, later[path])
		if err == nil {
			_, err = l.into(&c)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// complete requires that a configuration states every option.
func complete(stated map[string]int) error {
	var missing []string
	for _, path := range Options() {
		_, ok := stated[path]
		if _, new := later[path]; !ok && !new {
			missing = append(missing, path)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("lacks the option %s, which the configuration of a run has: restore the file, or begin "+
			"another run folder", missing[0])
	}
	return fmt.Errorf("lacks the option %s and %d others, which the configuration of a run has: restore the file, or "+
		"begin another run folder", missing[0], len(missing)-1)
}
