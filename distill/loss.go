package distill

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
)

// CrossEntropy is the DINO loss (Caron et al. 2021, eq. 3) in float32: with L = log
// softmax(student/τ_s),
//
//	loss = 1/(pairs·B) · Σ_{s ≠ t} Σ_b −Σ_k P[t,b,k]·L[s,b,k],   pairs = S·T − min(S, T).
//
// student are logits [S, B, K] of all views, the teacher's T views first and in the same order: a
// view is not compared with itself, by index. probs are the teacher's targets [T, B, K]; no
// gradient flows into them. S = T = 1 leaves no pair and panics.
func CrossEntropy(student, probs *graph.Node, temperature float64) *graph.Node {
	if student.Rank() != 3 || probs.Rank() != 3 || student.Shape().Dim(1) != probs.Shape().Dim(1) ||
		student.Shape().Dim(2) != probs.Shape().Dim(2) {
		exceptions.Panicf("distill: student logits are %s and teacher targets %s: must be [views, batch, prototypes] "+
			"with equal batch and prototypes", student.Shape(), probs.Shape())
	}
	s, t, batch := student.Shape().Dim(0), probs.Shape().Dim(0), probs.Shape().Dim(1)
	pairs := s*t - min(s, t)
	if pairs == 0 {
		exceptions.Panicf("distill: one student view and one teacher view leave no pair to compare: use at least two " +
			"global views, or one and a local view")
	}
	logq := layer.LogSoftmax(graph.MulScalar(layer.Float32(student), 1/temperature))
	p := graph.StopGradient(layer.Float32(probs))
	// [S, T]: Σ over batch and prototypes of L·P, as one matrix product.
	sums := graph.DotGeneral(graph.Reshape(logq, s, logq.Shape().Size()/s), []int{1}, nil,
		graph.Reshape(p, t, p.Shape().Size()/t), []int{1}, nil)
	other := make([][]float32, s)
	for i := range other {
		other[i] = make([]float32, t)
		for j := range other[i] {
			if i != j {
				other[i][j] = 1
			}
		}
	}
	total := graph.ReduceAllSum(graph.Mul(sums, graph.Const(student.Graph(), other)))
	return graph.MulScalar(total, -1/(float64(pairs)*float64(batch)))
}
