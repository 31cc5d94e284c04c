package vit

import (
	"math"
	"testing"
)

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"vit: patch_size is 0: must be at least 1": func(c *Config) {
			c.PatchSize = 0
		},
		"vit: in_channels is -1: must be at least 1": func(c *Config) {
			c.InChannels = -1
		},
		"vit: embed_dim is 0: must be at least 1": func(c *Config) {
			c.EmbedDim = 0
		},
		"vit: depth is 0: must be at least 1": func(c *Config) {
			c.Depth = 0
		},
		"vit: num_heads is 0: must be at least 1": func(c *Config) {
			c.NumHeads = 0
		},
		"vit: mlp_ratio is 0.1: must make the hidden layer, embed_dim (8) times as wide, 1 to 16777216 " +
			"wide": func(c *Config) {
			c.MLPRatio = 0.1
		},
		"vit: embed_dim is 8: must be a multiple of num_heads (3)": func(c *Config) {
			c.NumHeads = 3
		},
		"vit: image_size is [32 20] (height, width): both must be positive " +
			"multiples of patch_size (8)": func(c *Config) {
			c.ImageSize[1] = 20
		},
		"vit: image_size is [0 32] (height, width): both must be positive " +
			"multiples of patch_size (8)": func(c *Config) {
			c.ImageSize[0] = 0
		},
		"vit: reg_tokens is -1: must not be negative": func(c *Config) {
			c.RegTokens = -1
		},
		`vit: global_pool is "map": must be one of token, avg, max, avgmax, dist`: func(c *Config) {
			c.GlobalPool = "map"
		},
		`vit: activation is "mish": must be one of gelu, gelu_tanh, quick_gelu, relu, silu`: func(c *Config) {
			c.Activation = "mish"
		},
		`vit: norm is "first": must be one of auto, tokens, features, none`: func(c *Config) {
			c.Norm = "first"
		},
		`vit: dist_token is false: must be true with global_pool "dist"`: func(c *Config) {
			c.GlobalPool = PoolDist
		},
		`vit: global_pool is "token" but class_token is false: switch the class token on or pool with ` +
			`"avg"`: func(c *Config) {
			c.ClassToken = false
		},
		`vit: pos_embed is "linear": must be "timm", "official" or "hf"`: func(c *Config) {
			c.PosEmbed = "linear"
		},
		"vit: drop_path is 1: must be in [0, 1)": func(c *Config) {
			c.DropPath = 1
		},
		"vit: drop_path is -0.1: must be in [0, 1)": func(c *Config) {
			c.DropPath = -0.1
		},
		"vit: drop_path is NaN: must be in [0, 1)": func(c *Config) {
			c.DropPath = math.NaN()
		},
		"vit: layer_norm_eps is 0: must be positive": func(c *Config) {
			c.LayerNormEps = 0
		},
		"vit: layer_norm_eps is NaN: must be positive": func(c *Config) {
			c.LayerNormEps = math.NaN()
		},
	} {
		c := Custom(32, 8, 8, 2, 2)
		change(&c)
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := (Config{}).Validate(); err == nil {
		t.Error("the zero value is accepted")
	}
}

func TestValidateAccepts(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"defaults":                 func(*Config) {},
		"non-square":               func(c *Config) { c.ImageSize = [2]int{8, 64} },
		"average without token":    func(c *Config) { c.ClassToken, c.GlobalPool = false, PoolAvg },
		"registers without token":  func(c *Config) { c.ClassToken, c.GlobalPool, c.RegTokens = false, PoolAvg, 4 },
		"official, surplus pixels": func(c *Config) { c.PosEmbed, c.ImageSize = PosEmbedOfficial, [2]int{33, 39} },
	} {
		c := Custom(32, 8, 8, 2, 2)
		change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
