package distill

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/internal/layer"
)

// SinkhornKnopp returns targets that use all prototypes of a batch equally (Caron et al. 2020,
// section 3.1), in place of a center.
//
// logits are the teacher's [T, B, K] for T views of B images and K prototypes, temperature is τ, a
// scalar node. The result Q is float32 [T, B, K]. With the N = T·B views of images as rows n:
//
//	for n in 0 … N−1, k in 0 … K−1:
//	    Q[n, k] = exp(logits[n, k] / τ)
//	repeat iterations times:
//	    for k in 0 … K−1:                  // Σ_n Q[n, k] = 1/K: a prototype's total weight
//	        total = Σ_n Q[n, k]
//	        for n in 0 … N−1: Q[n, k] /= K · total
//	    for n in 0 … N−1:                  // Σ_k Q[n, k] = 1/N: a sample's total weight
//	        total = Σ_k Q[n, k]
//	        for k in 0 … K−1: Q[n, k] /= N · total
//	Q *= N                                 // Σ_k Q[n, k] = 1: each row is a distribution
//
// The second division changes the column sums again: after any number of iterations the rows sum to
// 1 exactly, while the columns approach N/K. There is no test of convergence; iterations, at least
// 1, is a parameter of the method, and each is part of the graph. The paper's first division, by
// the sum of all of Q, cancels in the first iteration.
//
// The code computes log Q, where no logit overflows or underflows.
func SinkhornKnopp(logits, temperature *graph.Node, iterations int) *graph.Node {
	k := logits.Shape().Dim(-1)
	n := logits.Shape().Size() / k
	logq := graph.Div(graph.Reshape(layer.Float32(logits), n, k), temperature)
	for range iterations {
		// Σ_n Q[n, k] = 1/K
		logq = graph.AddScalar(graph.Sub(logq, logSumExp(logq, 0)), -math.Log(float64(k)))
		// Σ_k Q[n, k] = 1/N
		logq = graph.AddScalar(graph.Sub(logq, logSumExp(logq, 1)), -math.Log(float64(n)))
	}
	// Σ_k Q[n, k] = 1
	q := graph.Exp(graph.AddScalar(logq, math.Log(float64(n))))
	return graph.Reshape(q, logits.Shape().Dimensions...)
}

// logSumExp is log Σ exp x over an axis, which is kept with length 1.
func logSumExp(x *graph.Node, axis int) *graph.Node {
	top := graph.ReduceAndKeep(x, graph.ReduceMax, axis)
	return graph.Add(top, graph.Log(graph.ReduceAndKeep(graph.Exp(graph.Sub(x, top)), graph.ReduceSum, axis)))
}
