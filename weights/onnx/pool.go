package onnx

import "github.com/dino-go/dino/nets/vit"

// outputs adds the features and the patch tokens of the last block's output x.
func (b *graphBuilder) outputs(x string) {
	if b.LastNorm() == vit.NormTokens {
		x = b.layerNorm("norm", x, b.EmbedDim, b.LayerNormEps)
	}
	first, end := b.ints(int64(b.PrefixTokens())), b.ints(int64(b.tokens))
	patches := b.node(Patches, "Slice", []string{x, first, end, b.ints(1)})
	features := Features
	if b.GlobalPool == vit.PoolToken && b.LastNorm() == vit.NormTokens {
		features = CLS
	}
	pooled := b.pool(x, patches)
	if b.LastNorm() == vit.NormFeatures {
		pooled = b.layerNorm("fc_norm", pooled, b.EmbedDim, b.LayerNormEps)
	}
	b.node(features, "Identity", []string{pooled})
	b.model.Outputs = []Value{
		{features, []Dim{{Name: batch}, {Size: b.EmbedDim}}},
		{Patches, []Dim{{Name: batch}, {Size: b.patches}, {Size: b.EmbedDim}}},
	}
}

// pool makes one vector of the tokens x, whose patches are given.
func (b *graphBuilder) pool(x, patches string) string {
	reduce := func(name, op string) string {
		return b.node(name, op, []string{patches}, Attribute{"axes", []int64{1}}, Attribute{"keepdims", int64(0)})
	}
	token := func(name string, index int64) string {
		return b.node(name, "Gather", []string{x, b.index(index)}, Attribute{"axis", int64(1)})
	}
	mean := func(one, other string) string {
		return b.node("pool", "Mul", []string{b.node("pool.sum", "Add", []string{one, other}), b.scalar(0.5)})
	}
	switch b.GlobalPool {
	case vit.PoolAvg:
		return reduce("pool", "ReduceMean")
	case vit.PoolMax:
		return reduce("pool", "ReduceMax")
	case vit.PoolAvgMax:
		return mean(reduce("pool.max", "ReduceMax"), reduce("pool.mean", "ReduceMean"))
	case vit.PoolDist:
		return mean(token("pool.class", 0), token("pool.dist", 1))
	}
	return token("pool", 0)
}
