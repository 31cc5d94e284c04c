// Package vitcase reads the description of a vision transformer as golden cases have it. It is
// imported by tests only.
package vitcase

import (
	"encoding/json"
	"fmt"

	"github.com/dino-go/dino/nets/vit"
)

// Params are the options of a golden vision transformer; an absent option has timm's default.
type Params struct {
	ImageSize    Size     `json:"img_size"`
	PatchSize    int      `json:"patch_size"`
	InChannels   *int     `json:"in_chans"`
	EmbedDim     int      `json:"embed_dim"`
	Depth        int      `json:"depth"`
	NumHeads     int      `json:"num_heads"`
	MLPRatio     *float64 `json:"mlp_ratio"`
	MLPHidden    int      `json:"mlp_hidden_dim"`
	QKVBias      *bool    `json:"qkv_bias"`
	ClassToken   *bool    `json:"class_token"`
	RegTokens    int      `json:"reg_tokens"`
	NoEmbedClass bool     `json:"no_embed_class"`
	LayerScale   float64  `json:"init_values"`
	GlobalPool   *string  `json:"global_pool"`
	LayerNormEps *float64 `json:"layer_norm_eps"`
}

// Size is [height, width]; one number stands for a square.
type Size [2]int

// UnmarshalJSON decodes a number or a pair.
func (s *Size) UnmarshalJSON(text []byte) error {
	var side int
	if err := json.Unmarshal(text, &side); err == nil {
		*s = Size{side, side}
		return nil
	}
	var pair [2]int
	if err := json.Unmarshal(text, &pair); err != nil {
		return fmt.Errorf("vitcase: image size %s is neither a number nor a pair: %w", text, err)
	}
	*s = pair
	return nil
}

// Config returns the network that the case describes; posEmbed names how its position embedding is
// resampled.
func (p Params) Config(posEmbed string) vit.Config {
	c := vit.Custom(0, p.PatchSize, p.EmbedDim, p.Depth, p.NumHeads)
	c.ImageSize, c.PosEmbed = p.ImageSize, posEmbed
	c.RegTokens, c.NoEmbedClass, c.LayerScale = p.RegTokens, p.NoEmbedClass, p.LayerScale
	set(&c.InChannels, p.InChannels)
	set(&c.MLPRatio, p.MLPRatio)
	set(&c.QKVBias, p.QKVBias)
	set(&c.ClassToken, p.ClassToken)
	set(&c.GlobalPool, p.GlobalPool)
	set(&c.LayerNormEps, p.LayerNormEps)
	return c
}

func set[T any](option *T, value *T) {
	if value != nil {
		*option = *value
	}
}
