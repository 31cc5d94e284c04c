package distill

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
)

// CrossEntropy returns the DINO loss (Caron et al. 2021, eq. 3), a float32 scalar.
//
// student are the student's logits [S, B, K] of S views of B images for K prototypes, the teacher's
// T views first and in the same order; temperature is τ_s. probs are the teacher's targets
// [T, B, K], which sum to 1 over K; no gradient flows into them.
//
//	loss = 0
//	for s in 0 … S−1:                      // views of the student
//	    for t in 0 … T−1:                  // views of the teacher
//	        if s == t: continue            // a view is not compared with itself
//	        for b in 0 … B−1:
//	            q = softmax(student[s, b, :] / τ_s)
//	            for k in 0 … K−1:
//	                loss −= probs[t, b, k] · log q[k]
//	loss /= (S·T − min(S, T)) · B          // the mean over pairs of views and images
//
// It panics if the shapes do not fit, or if S = T = 1 leaves no pair.
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
	// [S, T]: the two inner loops, over batch and prototypes, are one matrix product.
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
