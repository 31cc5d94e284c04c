package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/vit"
)

// hubConfig is what is used of config.json on Hugging Face's hub: transformers' model configuration, or timm's.
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

// hubSize is a height and width, written as a number, as a pair, as an object of both, or as the length of the shorter side.
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
		return fmt.Errorf("a size is %s: want a number, a pair, or height and width", text)
	}
	*s = hubSize{max(object.Height, object.ShortestEdge), max(object.Width, object.ShortestEdge)}
	return nil
}

// readJSON reads a file if it is there.
func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// runConfig is what is used of a run's config.yaml.
type runConfig struct {
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
	text, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}
