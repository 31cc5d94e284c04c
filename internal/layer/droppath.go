package layer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// DropPath is stochastic depth (Huang et al. 2016, eq. 5): with probability rate the whole residual
// branch of a sample is zero, otherwise it is divided by 1 − rate. x is [B, ...], one draw a
// sample, from the random state of the store, which whoever trains seeds with
// [model.Store.SetRNGStateFromSeed]: it is no part of a checkpoint.
func DropPath(scope *model.Scope, x *graph.Node, rate float64) *graph.Node {
	if rate == 0 {
		return x
	}
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = x.Shape().Dim(0)
	u := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, dims...))
	keep := graph.MulScalar(graph.Floor(graph.AddScalar(u, 1-rate)), 1/(1-rate))
	return graph.Mul(x, graph.StopGradient(convert(keep, x.DType())))
}
