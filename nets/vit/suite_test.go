package vit_test

import (
	"testing"

	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets/netstest"
	"github.com/dino-go/dino/nets/vit"
)

// What every network must do, transformers do in all their forms.
func TestSuite(t *testing.T) {
	for name, change := range map[string]func(c *vit.Config){
		"plain":             func(*vit.Config) {},
		"not square":        func(c *vit.Config) { c.ImageSize = [2]int{12, 20} },
		"registers":         func(c *vit.Config) { c.RegTokens, c.NoEmbedClass = 2, true },
		"embedded register": func(c *vit.Config) { c.RegTokens = 1 },
		"average":           func(c *vit.Config) { c.GlobalPool = vit.PoolAvg },
		"maximum":           func(c *vit.Config) { c.GlobalPool, c.Activation = vit.PoolMax, vit.ReLU },
		"mean of both":      func(c *vit.Config) { c.GlobalPool, c.Activation = vit.PoolAvgMax, vit.QuickGELU },
		"average of normed": func(c *vit.Config) { c.GlobalPool, c.Norm = vit.PoolAvg, vit.NormTokens },
		"normed class":      func(c *vit.Config) { c.Norm, c.Activation = vit.NormFeatures, vit.GELUTanh },
		"no last norm":      func(c *vit.Config) { c.Norm, c.Activation = vit.NormNone, vit.SiLU },
		"post-norm":         func(c *vit.Config) { c.PostNorm = true },
		"distilled":         func(c *vit.Config) { c.DistToken, c.GlobalPool = true, vit.PoolDist },
		"no class token":    func(c *vit.Config) { c.GlobalPool, c.ClassToken = vit.PoolAvg, false },
		"gated":             func(c *vit.Config) { c.SwiGLU = true },
		"layer scale":       func(c *vit.Config) { c.LayerScale = 1e-5 },
		"no bias":           func(c *vit.Config) { c.QKVBias = false },
		"stochastic depth":  func(c *vit.Config) { c.DropPath = 0.5 },
		"recompute":         func(c *vit.Config) { c.Recompute = true },
		"official":          func(c *vit.Config) { c.PosEmbed = vit.PosEmbedOfficial },
		"transformers":      func(c *vit.Config) { c.PosEmbed = vit.PosEmbedHF },
		"one block, grey":   func(c *vit.Config) { c.Depth, c.InChannels = 1, 1 },
		"like DINOv2's": func(c *vit.Config) {
			c.PosEmbed, c.LayerScale, c.SwiGLU, c.ImageSize = vit.PosEmbedOfficial, 1e-5, true, [2]int{22, 22}
		},
		"like DINOv2's with registers": func(c *vit.Config) {
			c.RegTokens, c.NoEmbedClass, c.LayerScale, c.SwiGLU = 4, true, 1, true
		},
	} {
		c := vit.Custom(16, 4, 12, 2, 3)
		change(&c)
		t.Run(name, func(t *testing.T) {
			netstest.Run(t, netstest.Suite{Engine: graphtest.Open(t), Config: c})
		})
	}
}
