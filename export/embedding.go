package export

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
)

// withClassEmbedding returns the backbone of a network whose position embedding is [1, 1+N, D], for
// class token and patches: the form of Meta and transformers. What timm adds to the registers goes
// into them; where it adds nothing to the class token, zeros stand. The features are the same to
// the bit.
func withClassEmbedding(c vit.Config, backbone map[string]weights.Tensor) (map[string]weights.Tensor, error) {
	if err := classTokenOnly(c); err != nil {
		return nil, err
	}
	out := maps.Clone(backbone)
	if c.RegTokens == 0 && !c.NoEmbedClass {
		return out, nil
	}
	pos, err := backbone["pos_embed"].Float32s()
	if err != nil {
		return nil, err
	}
	d, n := c.EmbedDim, c.Grid()[0]*c.Grid()[1]
	table := make([]float32, d, (1+n)*d)
	if c.NoEmbedClass {
		table = append(table, pos...)
	} else {
		copy(table, pos[:d])
		table = append(table, pos[(1+c.RegTokens)*d:]...)
		registers, err := backbone["reg_token"].Float32s()
		if err != nil {
			return nil, err
		}
		for i := range registers {
			registers[i] += pos[d+i]
		}
		out["reg_token"] = weights.FromFloat32s([]int{1, c.RegTokens, d}, registers)
	}
	out["pos_embed"] = weights.FromFloat32s([]int{1, 1 + n, d}, table)
	return out, nil
}

// classTokenOnly verifies that a network is a plain one: the features are the class token behind
// the last norm, and there is no distillation token.
func classTokenOnly(c vit.Config) error {
	what := ""
	switch {
	case slices.Contains([]string{vit.PoolAvg, vit.PoolMax, vit.PoolAvgMax}, c.GlobalPool):
		what = "takes the " + map[string]string{
			vit.PoolAvg: "mean", vit.PoolMax: "maximum", vit.PoolAvgMax: "mean and maximum",
		}[c.GlobalPool] + " of its patches for features: this format has the class token"
	case c.GlobalPool != vit.PoolToken || c.DistToken:
		what = "has a distillation token: this format has none"
	case c.LastNorm() != vit.NormTokens:
		what = fmt.Sprintf("has its last norm at %q: this format has it over all tokens", c.LastNorm())
	case c.PostNorm:
		what = "has its norms behind attention and MLP: this format has them before"
	default:
		return nil
	}
	return fmt.Errorf("the network %s; use timm, onnx or dino", what)
}

// ones is a LayerScale factor that changes nothing.
func ones(n int) weights.Tensor {
	values := make([]float32, n)
	for i := range values {
		values[i] = 1
	}
	return weights.FromFloat32s([]int{n}, values)
}
