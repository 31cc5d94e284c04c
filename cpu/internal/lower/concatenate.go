package lower

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/view"
)

// early returns the slot of a concatenation, whose operands may be written to it before the
// concatenation itself is lowered.
func (l *lowering) early(v *graph.Value) int {
	if at, ok := l.places[v]; ok {
		return at.slot
	}
	return l.out(v)
}

// part returns the place of a value in a concatenation, so that its kernel may write it there. ok
// is false where the concatenation is not its only user, directly or through transposes and
// reshapes.
func (l *lowering) part(v *graph.Value) (at place, ok bool) {
	var through []*graph.Node
	for end := v; ; {
		if _, result := l.result[end]; result || len(l.groups.users[end]) != 1 {
			return at, false
		}
		user := l.groups.users[end][0]
		switch user.Op {
		case compute.OpTypeTranspose, compute.OpTypeReshape:
			through = append(through, user)
			end = user.Outputs[0]
			continue
		case compute.OpTypeConcatenate:
			at = l.partOf(user, slices.Index(user.Inputs, end))
		default:
			return at, false
		}
		break
	}
	for _, n := range slices.Backward(through) {
		if t, is := n.Attr.(graph.Transpose); is {
			at.view = at.view.Transpose(inverse(t.Permutation))
		} else if at.view, ok = at.view.Reshape(n.Inputs[0].Shape.Dimensions); !ok {
			return at, false
		}
	}
	return at, true
}

// partOf is the place of operand i in the result of a concatenation.
func (l *lowering) partOf(n *graph.Node, i int) place {
	out, axis := n.Outputs[0], n.Attr.(graph.Axis).Axis
	starts, limits := make([]int, out.Shape.Rank()), slices.Clone(out.Shape.Dimensions)
	for _, in := range n.Inputs[:i] {
		starts[axis] += in.Shape.Dimensions[axis]
	}
	limits[axis] = starts[axis] + n.Inputs[i].Shape.Dimensions[axis]
	return place{l.early(out), view.Of(out.Shape.Dimensions).Slice(starts, limits, nil)}
}

func inverse(permutation []int) []int {
	p := make([]int, len(permutation))
	for i, axis := range permutation {
		p[axis] = i
	}
	return p
}

// concatenate copies every operand, in whatever view it comes, to its part of the result.
func concatenate(l *lowering, n *graph.Node) error {
	slot := l.early(n.Outputs[0])
	for i, in := range n.Inputs {
		if at := l.view(in); at.slot != slot { // not there since it was made
			l.copyTo(at, l.partOf(n, i), in.Shape)
		}
	}
	return nil
}
