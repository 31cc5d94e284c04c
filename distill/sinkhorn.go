package distill

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/internal/layer"
)

// SinkhornKnopp spreads the teacher's targets evenly over the prototypes of a batch (Caron et al.
// 2020, section 3.1) in place of a center. logits are [T, B, K], temperature a scalar node, N =
// T·B; the result is [T, B, K] and every sample sums to 1:
//
//	Q = exp(logits/τ)/ΣQ;  n times: Q[:,k] /= K·Σ_n Q[n,k];  Q[n,:] /= N·Σ_k Q[n,k];  finally Q·N.
//
// It does not wait for convergence: the number of iterations is the method's, and they are written
// out in the graph. The rows sum to 1 after any number, the columns to N/K more nearly with each.
//
// All of it is done on log Q, so logits of any size neither overflow nor vanish.
func SinkhornKnopp(logits, temperature *graph.Node, iterations int) *graph.Node {
	k := logits.Shape().Dim(-1)
	n := logits.Shape().Size() / k
	logq := graph.Div(graph.Reshape(layer.Float32(logits), n, k), temperature)
	for range iterations {
		logq = graph.AddScalar(graph.Sub(logq, logSumExp(logq, 0)), -math.Log(float64(k)))
		logq = graph.AddScalar(graph.Sub(logq, logSumExp(logq, 1)), -math.Log(float64(n)))
	}
	q := graph.Exp(graph.AddScalar(logq, math.Log(float64(n))))
	return graph.Reshape(q, logits.Shape().Dimensions...)
}

// logSumExp is log Σ exp x over an axis, which is kept with length 1.
func logSumExp(x *graph.Node, axis int) *graph.Node {
	top := graph.ReduceAndKeep(x, graph.ReduceMax, axis)
	return graph.Add(top, graph.Log(graph.ReduceAndKeep(graph.Exp(graph.Sub(x, top)), graph.ReduceSum, axis)))
}
