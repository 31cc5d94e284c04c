package vit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/option"
)

// PosEmbed names a way of resampling the position embedding to another image size. It is a property
// of the weights: a network must be run in the way it was trained.
const (
	// antialiased bicubic, a = −0.5, aligned with the grid (timm's resample_abs_pos_embed)
	PosEmbedTimm = "timm"
	// plain bicubic, a = −0.75, grid side taken as n + 0.1 (official DINO's and DINOv2's
	// interpolate_pos_encoding)
	PosEmbedOfficial = "official"
	// plain bicubic, a = −0.75, aligned with the grid (transformers' interpolate_pos_encoding)
	PosEmbedHF = "hf"
)

// DefaultInitStd is the standard deviation of the blocks' initial weights in both references.
const DefaultInitStd = layer.TransformerStd

// Pooling names what becomes the features.
const (
	PoolToken  = "token"  // the class token
	PoolAvg    = "avg"    // the mean of the patch tokens
	PoolMax    = "max"    // their maximum, a channel each
	PoolAvgMax = "avgmax" // the mean of both
	PoolDist   = "dist"   // the mean of class token and distillation token (DeiT)
)

// Pools are the names that [Config].GlobalPool takes.
func Pools() []string { return []string{PoolToken, PoolAvg, PoolMax, PoolAvgMax, PoolDist} }

// Norms are the names that [Config].Norm takes.
func Norms() []string { return []string{NormAuto, NormTokens, NormFeatures, NormNone} }

// Places of the last norm.
const (
	NormAuto     = "auto"     // tokens where token or dist is pooled, else features, as in timm
	NormTokens   = "tokens"   // norm of all tokens, before pooling
	NormFeatures = "features" // fc_norm of what is pooled of the last block's tokens
	NormNone     = "none"     // there is none
)

// Config describes a vision transformer. The zero value is not usable; start from [Variant] or
// [Custom].
type Config struct {
	// native height and width in pixels; fixes the grid of the position embedding
	ImageSize    [2]int  `yaml:"image_size,flow"`
	PatchSize    int     `yaml:"patch_size"`     // side of a patch in pixels
	InChannels   int     `yaml:"in_channels"`    // colour channels of the images
	EmbedDim     int     `yaml:"embed_dim"`      // width D of a token
	Depth        int     `yaml:"depth"`          // number of blocks
	NumHeads     int     `yaml:"num_heads"`      // attention heads; D must be a multiple
	MLPRatio     float64 `yaml:"mlp_ratio"`      // hidden width of the MLP is ⌊D·MLPRatio⌋
	SwiGLU       bool    `yaml:"swiglu"`         // gated MLP, as in DINOv2's ViT-g; hidden width is that of the gate
	QKVBias      bool    `yaml:"qkv_bias"`       // bias in the query, key and value projection
	ClassToken   bool    `yaml:"class_token"`    // put a learned class token in front
	RegTokens    int     `yaml:"reg_tokens"`     // register tokens behind the class token (Darcet et al. 2024)
	NoEmbedClass bool    `yaml:"no_embed_class"` // the position embedding covers the patches only
	LayerScale   float64 `yaml:"layer_scale"`    // initial value of the LayerScale factors; 0 leaves the factors out
	GlobalPool   string  `yaml:"global_pool"`    // token, avg, max, avgmax or dist
	LayerNormEps float64 `yaml:"layer_norm_eps"`
	PosEmbed     string  `yaml:"pos_embed"` // timm, official or hf
	// standard deviation of the initial weights of the blocks; timm and the official code: 0.02
	InitStd  float64 `yaml:"init_std"`
	DropPath float64 `yaml:"drop_path"` // stochastic depth of the last block; block i of n has DropPath·i/(n−1)
	// recompute the activations of a block in the backward pass instead of keeping them
	Recompute bool `yaml:"recompute"`
	// activation of the MLP: gelu, gelu_tanh, quick_gelu, relu or silu; SwiGLU has its own
	Activation string `yaml:"activation"`
	// where the last norm is: auto, tokens, features or none
	Norm string `yaml:"norm"`
	// norms behind attention and MLP, not before them (timm's ResPostBlock)
	PostNorm bool `yaml:"post_norm"`
	// put DeiT's learned distillation token behind the class token
	DistToken bool `yaml:"dist_token"`
}

// LastNorm is where the last norm is: Norm, or what the pooling has.
func (c Config) LastNorm() string {
	switch {
	case c.Norm != "" && c.Norm != NormAuto:
		return c.Norm
	case c.GlobalPool == PoolToken || c.GlobalPool == PoolDist:
		return NormTokens
	}
	return NormFeatures
}

// Custom returns timm's defaults for a transformer of the given size.
func Custom(imageSize, patchSize, embedDim, depth, numHeads int) Config {
	return Config{
		ImageSize: [2]int{imageSize, imageSize}, PatchSize: patchSize, InChannels: 3,
		EmbedDim: embedDim, Depth: depth, NumHeads: numHeads, MLPRatio: 4,
		QKVBias: true, ClassToken: true, GlobalPool: PoolToken, LayerNormEps: 1e-6, PosEmbed: PosEmbedTimm,
		InitStd: DefaultInitStd, Activation: GELU, Norm: NormAuto,
	}
}

// Complete gives the options that descriptions of older versions lack the values that those
// networks have.
func (c Config) Complete() Config {
	c.Activation, c.Norm = cmp.Or(c.Activation, GELU), cmp.Or(c.Norm, NormAuto)
	return c
}

// Grid is the native grid of patches: rows and columns.
func (c Config) Grid() [2]int {
	return [2]int{c.ImageSize[0] / c.PatchSize, c.ImageSize[1] / c.PatchSize}
}

// MLPHidden is the hidden width of the MLP.
func (c Config) MLPHidden() int { return int(float64(c.EmbedDim) * c.MLPRatio) }

// PrefixTokens is the number of tokens in front of the patches.
func (c Config) PrefixTokens() int {
	n := c.RegTokens
	if c.ClassToken {
		n++
	}
	if c.DistToken {
		n++
	}
	return n
}

// maxWidth bounds the width of a hidden layer.
const maxWidth = 1 << 24

// invalid is an error about an option.
func invalid(name option.Name, format string, args ...any) error {
	return option.Errorf("vit", name, format, args...)
}

// Validate reports the first option that cannot work, and what to do about it.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  option.Name
		value int
	}{
		{"patch_size", c.PatchSize},
		{"in_channels", c.InChannels},
		{"embed_dim", c.EmbedDim},
		{"depth", c.Depth},
		{"num_heads", c.NumHeads},
	} {
		if f.value < 1 {
			return invalid(f.name, "is %d: must be at least 1", f.value)
		}
	}
	if hidden := c.MLPRatio * float64(c.EmbedDim); !(hidden >= 1 && hidden <= maxWidth) {
		return invalid("mlp_ratio", "is %g: must make the hidden layer, %s (%d) times as wide, 1 to %d wide",
			c.MLPRatio, option.Name("embed_dim"), c.EmbedDim, int(maxWidth))
	}
	if c.EmbedDim%c.NumHeads != 0 {
		return invalid("embed_dim", "is %d: must be a multiple of %s (%d)", c.EmbedDim, option.Name("num_heads"),
			c.NumHeads)
	}
	for _, side := range c.ImageSize {
		if side < c.PatchSize || (side%c.PatchSize != 0 && c.PosEmbed == PosEmbedTimm) {
			return invalid("image_size", "is %v (height, width): both must be positive multiples of %s (%d)",
				c.ImageSize,
				option.Name("patch_size"), c.PatchSize)
		}
	}
	if c.RegTokens < 0 {
		return invalid("reg_tokens", "is %d: must not be negative", c.RegTokens)
	}
	if !(c.LayerScale >= 0) {
		return invalid("layer_scale", "is %g: must be positive, or 0 for none", c.LayerScale)
	}
	return c.validateRest()
}

// validateRest is the second half of Validate: how the network begins and ends, and its noise.
func (c Config) validateRest() error {
	if err := c.validateEnd(); err != nil {
		return err
	}
	if !slices.Contains([]string{PosEmbedTimm, PosEmbedOfficial, PosEmbedHF}, c.PosEmbed) {
		return invalid("pos_embed", "is %q: must be %q, %q or %q", c.PosEmbed, PosEmbedTimm, PosEmbedOfficial,
			PosEmbedHF)
	}
	if !(c.DropPath >= 0 && c.DropPath < 1) {
		return invalid("drop_path", "is %g: must be in [0, 1)", c.DropPath)
	}
	if !(c.InitStd > 0) {
		return invalid("init_std", "is %g: must be positive", c.InitStd)
	}
	if !(c.LayerNormEps > 0) {
		return invalid("layer_norm_eps", "is %g: must be positive", c.LayerNormEps)
	}
	return nil
}

// validateEnd is the part of Validate about activation, pooling and the last norm.
func (c Config) validateEnd() error {
	for _, o := range []struct {
		name   option.Name
		value  string
		values []string
	}{
		{"global_pool", c.GlobalPool, Pools()},
		{"activation", cmp.Or(c.Activation, GELU), Activations()},
		{"norm", cmp.Or(c.Norm, NormAuto), Norms()},
	} {
		if !slices.Contains(o.values, o.value) {
			return invalid(o.name, "is %q: must be one of %s", o.value, strings.Join(o.values, ", "))
		}
	}
	if (c.GlobalPool == PoolToken || c.DistToken) && !c.ClassToken {
		return invalid("global_pool", "is %q but %s is false: switch the class token on or pool with %q", c.GlobalPool,
			option.Name("class_token"), PoolAvg)
	}
	if c.GlobalPool == PoolDist && !c.DistToken {
		return invalid("dist_token", "is false: must be true with %s %q",
			option.Name("global_pool"), PoolDist)
	}
	return nil
}
