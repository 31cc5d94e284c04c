package vit

import "fmt"

// Shapes lists the variables of the transformer under timm's names, with their shapes; linear
// layers are [out, in].
func (c Config) Shapes() map[string][]int {
	d, hidden, grid := c.EmbedDim, c.MLPHidden(), c.Grid()
	positions := grid[0] * grid[1]
	if !c.NoEmbedClass {
		positions += c.PrefixTokens()
	}
	shapes := map[string][]int{
		"patch_embed.proj.weight": {d, c.InChannels, c.PatchSize, c.PatchSize},
		"patch_embed.proj.bias":   {d},
		"pos_embed":               {1, positions, d},
	}
	if c.ClassToken {
		shapes["cls_token"] = []int{1, 1, d}
	}
	if c.DistToken {
		shapes["dist_token"] = []int{1, 1, d}
	}
	if c.RegTokens > 0 {
		shapes["reg_token"] = []int{1, c.RegTokens, d}
	}
	if norm, ok := map[string]string{NormTokens: "norm", NormFeatures: "fc_norm"}[c.LastNorm()]; ok {
		shapes[norm+".weight"], shapes[norm+".bias"] = []int{d}, []int{d}
	}
	for i := range c.Depth {
		c.blockShapes(shapes, fmt.Sprintf("blocks.%d.", i), d, hidden)
	}
	return shapes
}

// blockShapes adds the variables of a block of width d.
func (c Config) blockShapes(shapes map[string][]int, prefix string, d, hidden int) {
	linear := func(name string, out, in int, bias bool) {
		shapes[prefix+name+".weight"] = []int{out, in}
		if bias {
			shapes[prefix+name+".bias"] = []int{out}
		}
	}
	for _, norm := range []string{"norm1", "norm2"} {
		shapes[prefix+norm+".weight"], shapes[prefix+norm+".bias"] = []int{d}, []int{d}
	}
	fc1 := hidden
	if c.SwiGLU {
		fc1 *= 2
	}
	linear("attn.qkv", 3*d, d, c.QKVBias)
	linear("attn.proj", d, d, true)
	linear("mlp.fc1", fc1, d, true)
	linear("mlp.fc2", d, hidden, true)
	if c.LayerScale != 0 {
		shapes[prefix+"ls1.gamma"], shapes[prefix+"ls2.gamma"] = []int{d}, []int{d}
	}
}
