package optim

import (
	"github.com/gomlx/gomlx/core/graph"
)

// Coefficients of the quintic iteration of [Orthogonal], from Muon's description, and the smallest
// norm that is divided by.
const (
	orthogonalA   = 3.4445
	orthogonalB   = -4.7750
	orthogonalC   = 2.0315
	orthogonalEps = 1e-7
)

// Orthogonal returns a matrix like g, [A, B], whose singular values are all near 1, by the
// Newton-Schulz iteration of Muon's description. With r = min(A, B) rows after a transposition:
//
//	X = g/max(‖g‖, 1e-7)
//	repeat iterations times:
//	    G = X·Xᵀ;  X ← 3.4445·X + (−4.775·G + 2.0315·G·G)·X
//
// A singular value s of X becomes 3.4445·s − 4.775·s³ + 2.0315·s⁵ in an iteration: five bring all
// but the smallest between about 0.7 and 1.2, and do not converge to 1. It is computed in the type
// of g, where the description takes bfloat16.
func Orthogonal(g *graph.Node, iterations int) *graph.Node {
	x, tall := g, g.Shape().Dim(0) > g.Shape().Dim(1)
	if tall {
		x = graph.Transpose(x, 0, 1)
	}
	norm := Norm([]*graph.Node{x})
	x = graph.Div(x, graph.Max(norm, graph.ConstAs(norm, orthogonalEps)))
	for range iterations {
		gram := graph.DotGeneral(x, []int{1}, nil, x, []int{1}, nil)
		square := graph.DotGeneral(gram, []int{1}, nil, gram, []int{0}, nil)
		mixed := graph.Add(graph.MulScalar(gram, orthogonalB), graph.MulScalar(square, orthogonalC))
		x = graph.Add(graph.MulScalar(x, orthogonalA), graph.DotGeneral(mixed, []int{1}, nil, x, []int{0}, nil))
	}
	if tall {
		x = graph.Transpose(x, 0, 1)
	}
	return x
}
