package layout

import (
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/nets/vit"
)

// runConfig is what is used of a run's config.yaml.
type runConfig struct {
	Data struct {
		Range      stored.Choice `yaml:"range"`
		Background string        `yaml:"background"`
		Pages      string        `yaml:"pages"`
	} `yaml:"data"`
	Model struct {
		Encoder        string     `yaml:"encoder"`
		ViT            vit.Config `yaml:"vit"`
		CenterMomentum float64    `yaml:"center_momentum"`
	} `yaml:"model"`
	Augment struct {
		Mean        [3]float64 `yaml:"mean"`
		Std         [3]float64 `yaml:"std"`
		GlobalCrops struct {
			Size int `yaml:"size"`
		} `yaml:"global_crops"`
	} `yaml:"augment"`
}

func readRunConfig(path string) (runConfig, error) {
	var c runConfig
	text, err := bounded.Read(path, bounded.MaxSize)
	if err != nil {
		return c, err
	}
	if err = bounded.PlainYAML(text); err == nil {
		err = yaml.Unmarshal(text, &c)
	}
	if err == nil {
		err = c.complete()
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, parseerror.YAML(err))
	}
	return c, nil
}

// complete requires what weights cannot be used without; a file that lacks it was emptied or cut
// off.
func (c runConfig) complete() error {
	for _, o := range []struct {
		name   string
		stated bool
	}{
		{"model.vit", c.Model.ViT != vit.Config{}},
		{"augment.mean", c.Augment.Mean != [3]float64{}},
		{"augment.std", c.Augment.Std != [3]float64{}},
		{"augment.global_crops.size", c.Augment.GlobalCrops.Size > 0},
	} {
		if !o.stated {
			return fmt.Errorf("lacks %s, which the configuration of a run has: restore the file", o.name)
		}
	}
	return nil
}
