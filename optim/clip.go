package optim

import (
	"github.com/gomlx/gomlx/core/graph"
)

// clipEps is added to the norm in the denominator, as in torch and in the official code.
const clipEps = 1e-6

// Norm is the L2 norm of all gradients together.
func Norm(gradients []*graph.Node) *graph.Node {
	total := graph.ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, g := range gradients {
		total = graph.Add(total, graph.ReduceAllSum(graph.Square(g)))
	}
	return graph.Sqrt(total)
}

// ClipGlobal scales all gradients by min(1, limit/(norm + 1e-6)) with their common norm
// (torch.nn.utils.clip_grad_norm_).
func ClipGlobal(gradients []*graph.Node, limit float64) []*graph.Node {
	factor := clipFactor(Norm(gradients), limit)
	clipped := make([]*graph.Node, len(gradients))
	for i, g := range gradients {
		clipped[i] = graph.Mul(g, factor)
	}
	return clipped
}

// ClipPerTensor scales every gradient by min(1, limit/(norm + 1e-6)) with its own norm, as the
// official DINO code does.
func ClipPerTensor(gradients []*graph.Node, limit float64) []*graph.Node {
	clipped := make([]*graph.Node, len(gradients))
	for i, g := range gradients {
		clipped[i] = graph.Mul(g, clipFactor(Norm([]*graph.Node{g}), limit))
	}
	return clipped
}

func clipFactor(norm *graph.Node, limit float64) *graph.Node {
	factor := graph.Div(graph.ConstAs(norm, limit), graph.AddScalar(norm, clipEps))
	return graph.MinScalar(factor, 1.0)
}
