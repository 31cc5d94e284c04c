package vit

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
)

// block is x += ls1 ∘ attention(norm1(x)); x += ls2 ∘ mlp(norm2(x)), for x [B, T, D]; with PostNorm
// x += ls1 ∘ norm1(attention(x)); x += ls2 ∘ norm2(mlp(x)). It returns the attention where wanted.
func (m *Model) block(scope *model.Scope, x *graph.Node, index int, wantAttention bool) (*graph.Node, *graph.Node) {
	if m.Recompute {
		x = x.Checkpoint()
	}
	rate := m.dropPathRate(index)
	residual := func(branch *graph.Node, scale string) {
		if m.LayerScale != 0 {
			gamma := layer.Parameter(scope.At("%s", scale), x.Graph(), "gamma", layer.Constant(float32(m.LayerScale)),
				m.EmbedDim)
			branch = graph.Mul(branch, graph.ExpandLeftToRank(layer.Like(gamma, branch), 3))
		}
		x = graph.Add(x, layer.DropPath(scope, branch, rate))
	}
	norm := func(name string, x *graph.Node, here bool) *graph.Node {
		if !here {
			return x
		}
		return layer.LayerNorm(scope.At("%s", name), x, m.LayerNormEps)
	}
	y, probabilities := m.attention(scope.At("attn"), norm("norm1", x, !m.PostNorm))
	residual(norm("norm1", y, m.PostNorm), "ls1")
	y = m.mlp(scope.At("mlp"), norm("norm2", x, !m.PostNorm))
	residual(norm("norm2", y, m.PostNorm), "ls2")
	if !wantAttention {
		probabilities = nil
	}
	return x, probabilities
}

// dropPathRate is the stochastic depth of a block: linear from 0 in the first block to DropPath in
// the last.
func (m *Model) dropPathRate(index int) float64 {
	if m.Depth == 1 {
		return 0
	}
	return m.DropPath * float64(index) / float64(m.Depth-1)
}

// attention is multi-head self-attention (Vaswani et al. 2017): softmax(q·kᵀ/√d)·v per head, then
// proj; x is [B, T, D], d = D/heads. The rows of qkv.weight are ordered (q, k, v) × head × channel.
// It returns the result and the probabilities [B, heads, T, T].
func (m *Model) attention(scope *model.Scope, x *graph.Node) (*graph.Node, *graph.Node) {
	batch, tokens, dim := x.Shape().Dim(0), x.Shape().Dim(1), m.EmbedDim/m.NumHeads
	init := layer.Transformer(m.InitStd)
	qkvInit := init
	if !m.QKVBias {
		qkvInit = init.WithoutBias()
	}
	qkv := layer.Linear(scope.At("qkv"), x, 3*m.EmbedDim, qkvInit)
	qkv = graph.TransposeAllAxes(graph.Reshape(qkv, batch, tokens, 3, m.NumHeads, dim), 2, 0, 3, 1, 4)
	part := func(i int) *graph.Node { return graph.Squeeze(graph.Slice(qkv, graph.AxisElem(i)), 0) }
	q, k, v := graph.MulScalar(part(0), 1/math.Sqrt(float64(dim))), part(1), part(2)

	probabilities := layer.Softmax(graph.Einsum("bhqd,bhkd->bhqk", q, k))
	y := graph.Einsum("bhqk,bhkd->bhqd", layer.Like(probabilities, v), v)
	y = graph.Reshape(graph.TransposeAllAxes(y, 0, 2, 1, 3), batch, tokens, m.EmbedDim)
	return layer.Linear(scope.At("proj"), y, m.EmbedDim, init), probabilities
}
