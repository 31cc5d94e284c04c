package layer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// DropPath is stochastic depth (Huang et al. 2016, eq. 5): with probability rate the whole residual branch of a sample is zero,
// otherwise it is divided by 1 − rate. x is [B, ...], one draw a sample, from the random state of the store.
func DropPath(scope *model.Scope, x *graph.Node, rate float64) *graph.Node {
	if rate == 0 {
		return x
	}
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = x.Shape().Dim(0)
	u := uniform(scope.Store(), x.Graph(), dims)
	keep := graph.MulScalar(graph.Floor(graph.AddScalar(u, 1-rate)), 1/(1-rate))
	return graph.Mul(x, graph.StopGradient(convert(keep, x.DType())))
}

// NoisePath is the variable with the state of the random generator of all noise: two int64 words, drawn from the seed as initial
// values are, and advanced by every draw. GoMLX's own state is seeded by the clock and is no part of a checkpoint.
const NoisePath = "/noise/state"

// uniform draws float32 values from U[0, 1) and advances the random state.
func uniform(store *model.Store, g *graph.Graph, dims []int) *graph.Node {
	v := store.GetVariable(NoisePath)
	if v == nil {
		rng := NewRand(seed(store), NoisePath)
		v = store.VariableWithValue(NoisePath, []int64{rng.Int64(), rng.Int64()})
	}
	v.SetTrainable(false)
	words := graph.Bitcast(v.NodeValue(g), graph.RNGStateShape.DType)
	// Engines take three words; the third is the high half of a counter, which stays 0.
	state := graph.Concatenate([]*graph.Node{words, graph.Zeros(g, shapes.Make(words.DType(), 1))}, 0)
	state, u := graph.RandomUniform(state, shapes.Make(dtypes.Float32, dims...))
	v.SetNodeValue(graph.Bitcast(graph.Slice(state, graph.AxisRange(0, 2)), dtypes.Int64))
	return u
}
