package pass

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// simplifyViews removes views that change nothing, joins views of views, and makes one product of a
// transposed one:
//
//	Transpose by the identity, Reshape and Broadcast to the same dimensions, Identity  →  the operand
//	Reshape(Reshape(x)) → Reshape(x);  Transpose(Transpose(x)) → Transpose(x)
//	reductions over axes of length 1  →  Reshape
//	Transpose(A·B), exchanging rows and columns  →  Bᵀ·Aᵀ, which only renames the operands' axes
func simplifyViews(f *graph.Function) {
	s := simplifier{rewiring: newRewiring(f), uses: f.UseCounts()}
	for _, n := range f.Nodes {
		s.inputs(n)
		if len(n.Outputs) == 1 {
			s.node(n)
		}
	}
	s.apply()
}

type simplifier struct {
	*rewiring
	uses map[*graph.Value]int
}

// node simplifies a node whose inputs are simplified.
func (s *simplifier) node(n *graph.Node) {
	out := n.Outputs[0]
	switch n.Op {
	case compute.OpTypeIdentity:
		s.replace(out, n.Inputs[0])
		return
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct:
		if n.Inputs[0].Shape.Size() == out.Shape.Size() && out.Shape.Size() > 0 {
			n.Op, n.Attr = compute.OpTypeReshape, nil
		}
	}
	switch n.Op {
	case compute.OpTypeReshape:
		if in := n.Inputs[0].Node; in.Op == compute.OpTypeReshape {
			n.Inputs[0] = in.Inputs[0]
		}
	case compute.OpTypeTranspose:
		s.transpose(n)
		return
	case compute.OpTypeBroadcastInDim:
	default:
		return
	}
	if slices.Equal(n.Inputs[0].Shape.Dimensions, out.Shape.Dimensions) {
		s.replace(out, n.Inputs[0])
	}
}

// transpose simplifies a transposition.
func (s *simplifier) transpose(n *graph.Node) {
	p := n.Attr.(graph.Transpose).Permutation
	in := n.Inputs[0].Node
	if in.Op == compute.OpTypeTranspose {
		inner := in.Attr.(graph.Transpose).Permutation
		joined := make([]int, len(p))
		for i, axis := range p {
			joined[i] = inner[axis]
		}
		p = joined
		n.Attr, n.Inputs[0] = graph.Transpose{Permutation: p}, in.Inputs[0]
		in = n.Inputs[0].Node
	}
	if slices.IsSorted(p) {
		s.replace(n.Outputs[0], n.Inputs[0])
		return
	}
	if in.Op == compute.OpTypeDotGeneral && s.uses[in.Outputs[0]] == 1 && exchanges(in, p) {
		d := in.Attr.(graph.Dot)
		d.LeftContracting, d.RightContracting = d.RightContracting, d.LeftContracting
		d.LeftBatch, d.RightBatch = d.RightBatch, d.LeftBatch
		n.Op, n.Attr, n.Inputs = compute.OpTypeDotGeneral, d, []*graph.Value{in.Inputs[1], in.Inputs[0]}
	}
}

// exchanges tells whether a permutation moves the right axes of a product before its left ones and
// changes nothing else.
func exchanges(dot *graph.Node, permutation []int) bool {
	d := dot.Attr.(graph.Dot)
	batch := len(d.LeftBatch)
	left := dot.Inputs[0].Shape.Rank() - batch - len(d.LeftContracting)
	rank := dot.Outputs[0].Shape.Rank()
	var want []int
	for i := range batch {
		want = append(want, i)
	}
	for i := batch + left; i < rank; i++ {
		want = append(want, i)
	}
	for i := batch; i < batch+left; i++ {
		want = append(want, i)
	}
	return slices.Equal(permutation, want)
}
