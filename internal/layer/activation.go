package layer

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// GELU is x·Φ(x) with the exact normal distribution function, x/2·(1 + erf(x/√2)) (torch.nn.GELU's
// default).
func GELU(x *graph.Node) *graph.Node {
	cdf := graph.MulScalar(graph.AddScalar(graph.Erf(graph.MulScalar(x, 1/math.Sqrt2)), 1.0), 0.5)
	return graph.Mul(x, cdf)
}

// GELUTanh is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), torch.nn.GELU(approximate="tanh").
func GELUTanh(x *graph.Node) *graph.Node {
	cube := graph.Mul(x, graph.Mul(x, x))
	inner := graph.MulScalar(graph.Add(x, graph.MulScalar(cube, 0.044715)), math.Sqrt(2/math.Pi))
	return graph.Mul(x, graph.MulScalar(graph.AddScalar(graph.Tanh(inner), 1.0), 0.5))
}

// QuickGELU is x·σ(1.702·x), CLIP's approximation of GELU.
func QuickGELU(x *graph.Node) *graph.Node {
	return graph.Mul(x, graph.Sigmoid(graph.MulScalar(x, 1.702)))
}

// ReLU is max(x, 0).
func ReLU(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) }

// SiLU is x·σ(x) with the logistic function σ (torch.nn.SiLU).
func SiLU(x *graph.Node) *graph.Node { return graph.Mul(x, graph.Sigmoid(x)) }

// Softmax is exp(x − max x)/Σ exp(x − max x) over the last axis, in float32.
func Softmax(x *graph.Node) *graph.Node {
	x32 := Float32(x)
	shifted := graph.Sub(x32, graph.StopGradient(graph.ReduceAndKeep(x32, graph.ReduceMax, -1)))
	e := graph.Exp(shifted)
	return graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, -1))
}

// LogSoftmax is x − max x − log Σ exp(x − max x) over the last axis, in float32.
func LogSoftmax(x *graph.Node) *graph.Node {
	x32 := Float32(x)
	shifted := graph.Sub(x32, graph.StopGradient(graph.ReduceAndKeep(x32, graph.ReduceMax, -1)))
	return graph.Sub(shifted, graph.Log(graph.ReduceAndKeep(graph.Exp(shifted), graph.ReduceSum, -1)))
}
