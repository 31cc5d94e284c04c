package vit

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

// pool makes the features [B, D] of the tokens, with fc_norm where the last norm is behind it
// (timm's forward_head).
func (m *Model) pool(scope *model.Scope, out nets.Output) *graph.Node {
	x := m.pooled(out)
	if m.LastNorm() == NormFeatures {
		x = layer.LayerNorm(scope.At("fc_norm"), x, m.LayerNormEps)
	}
	return x
}

func (m *Model) pooled(out nets.Output) *graph.Node {
	mean := func(a, b *graph.Node) *graph.Node { return graph.MulScalar(graph.Add(a, b), 0.5) }
	switch m.GlobalPool {
	case PoolAvg:
		return graph.ReduceMean(out.Patches(), 1)
	case PoolMax:
		return graph.ReduceMax(out.Patches(), 1)
	case PoolAvgMax:
		return mean(graph.ReduceMax(out.Patches(), 1), graph.ReduceMean(out.Patches(), 1))
	case PoolDist:
		dist := graph.Squeeze(graph.Slice(out.Tokens, graph.AxisRange(), graph.AxisElem(1)), 1)
		return mean(out.CLS(), dist)
	}
	return out.CLS()
}
