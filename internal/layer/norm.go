package layer

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LayerNorm normalises the last axis: y = (x − mean)/√(var + eps) · weight + bias, with the biased
// variance, in float32. x is [..., D]; `weight` and `bias` are [D].
func LayerNorm(scope *model.Scope, x *graph.Node, eps float64) *graph.Node {
	g, d := x.Graph(), x.Shape().Dim(-1)
	weight := Parameter(scope, g, "weight", Constant(1), d)
	bias := Parameter(scope, g, "bias", Constant(0), d)
	x32 := Float32(x)
	centered := graph.Sub(x32, graph.ReduceAndKeep(x32, graph.ReduceMean, -1))
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, -1)
	y := graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, eps)))
	y = graph.Add(graph.Mul(y, graph.ExpandLeftToRank(weight, x.Rank())), graph.ExpandLeftToRank(bias, x.Rank()))
	return convert(y, x.DType())
}

// L2Norm divides every row of the last axis by max(‖row‖₂, eps), in float32
// (torch.nn.functional.normalize; its eps is 1e-12).
func L2Norm(x *graph.Node, eps float64) *graph.Node {
	x32 := Float32(x)
	square := graph.ReduceAndKeep(graph.Square(x32), graph.ReduceSum, -1)
	// The maximum is taken of the squares, so that the gradient of the root stays finite in a row
	// of zeros.
	norm := graph.Sqrt(graph.Max(square, graph.ConstAs(square, max(eps*eps, 1e-38))))
	return graph.Div(x32, norm)
}
