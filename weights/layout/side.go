package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/nets/vit"
)

// hubConfig is what is used of config.json on Hugging Face's hub: transformers' model
// configuration, or timm's.
type hubConfig struct {
	ModelType         string   `json:"model_type"` // transformers: vit, deit, dinov2, dinov2_with_registers
	NumAttentionHeads int      `json:"num_attention_heads"`
	LayerNormEps      float64  `json:"layer_norm_eps"`
	ImageSize         hubSize  `json:"image_size"`
	HiddenAct         string   `json:"hidden_act"`
	Architectures     []string `json:"architectures"`

	Architecture  string     `json:"architecture"` // timm: the name of the variant
	GlobalPool    string     `json:"global_pool"`
	PretrainedCfg *timmInput `json:"pretrained_cfg"`
}

// timmInput is how timm prepares images for a model.
type timmInput struct {
	InputSize     [3]int     `json:"input_size"` // channels, height, width
	CropPct       float64    `json:"crop_pct"`
	Interpolation string     `json:"interpolation"`
	Mean          [3]float64 `json:"mean"`
	Std           [3]float64 `json:"std"`
}

// hubPreprocessor is transformers' preprocessor_config.json.
type hubPreprocessor struct {
	Mean         [3]float64 `json:"image_mean"`
	Std          [3]float64 `json:"image_std"`
	Size         hubSize    `json:"size"`
	CropSize     hubSize    `json:"crop_size"`
	DoCenterCrop bool       `json:"do_center_crop"`
	Resample     int        `json:"resample"` // Pillow's number of a filter: 2 bilinear, 3 bicubic
}

// hubSize is a height and width, written as a number, as a pair, as an object of both, or as the
// length of the shorter side.
type hubSize [2]int

// UnmarshalJSON reads any of the forms.
func (s *hubSize) UnmarshalJSON(text []byte) error {
	var side int
	if json.Unmarshal(text, &side) == nil {
		*s = hubSize{side, side}
		return nil
	}
	var pair [2]int
	if json.Unmarshal(text, &pair) == nil {
		*s = pair
		return nil
	}
	var object struct {
		Height, Width int
		ShortestEdge  int `json:"shortest_edge"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return errors.New("a size is malformed: want a number, a pair, or height and width")
	}
	*s = hubSize{max(object.Height, object.ShortestEdge), max(object.Width, object.ShortestEdge)}
	return nil
}

// readJSON reads a file if it is there.
func readJSON(path string, into any) error {
	text, err := bounded.Read(path, maxHubFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err = bounded.JSON(text); err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, parseerror.JSON(err))
	}
	return nil
}

// maxHubFile bounds a file of the hub, in bytes; one that names 22 000 classes has 2 MB.
const maxHubFile = 16 << 20

// unmarshal reads JSON that stands in the metadata of a file.
func unmarshal(text string, into any) error {
	if err := bounded.JSON([]byte(text)); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

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
