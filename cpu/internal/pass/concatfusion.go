package pass

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// fuseConcatenations makes a concatenation of a sum of tensors that are padded with zeros to
// disjoint places which together fill an axis, as gradients of slices are. A transposition of a
// concatenation becomes a concatenation of transpositions, whose copies do both.
func fuseConcatenations(f *graph.Function) {
	uses, added := f.UseCounts(), summands(f)
	r := newRewiring(f)
	for _, n := range f.Nodes {
		switch n.Op {
		case compute.OpTypeAdd:
			// A sum whose only user is another sum is part of a tree, which is matched from its
			// root.
			if sum := n.Outputs[0]; uses[sum] > 1 || uses[sum] == 1 && !added[sum] {
				concatenate(n, uses)
			}
		case compute.OpTypeTranspose:
			if in := n.Inputs[0]; in.Node.Op == compute.OpTypeConcatenate && uses[in] == 1 {
				r.insertBefore(n, transposeParts(n)...)
			}
		}
	}
	r.apply()
}

// summands are the values that go into sums.
func summands(f *graph.Function) map[*graph.Value]bool {
	of := map[*graph.Value]bool{}
	for _, n := range f.Nodes {
		if n.Op == compute.OpTypeAdd {
			of[n.Inputs[0]], of[n.Inputs[1]] = true, true
		}
	}
	return of
}

// piece is a padded tensor and where it begins along the padded axis.
type piece struct {
	value *graph.Value
	start int
}

// concatenate turns a sum of padded tensors that fill an axis, in place, into their concatenation.
func concatenate(n *graph.Node, uses map[*graph.Value]int) {
	axis := -1
	pieces, ok := piecesOf(n.Outputs[0], n, &axis, uses, nil)
	if !ok || len(pieces) < 2 || axis < 0 {
		return
	}
	slices.SortFunc(pieces, func(a, b piece) int { return a.start - b.start })
	at := 0
	var inputs []*graph.Value
	for _, p := range pieces {
		if p.start != at {
			return
		}
		at += p.value.Shape.Dimensions[axis]
		inputs = append(inputs, p.value)
	}
	if at != n.Outputs[0].Shape.Dimensions[axis] {
		return
	}
	n.Op, n.Attr, n.Inputs = compute.OpTypeConcatenate, graph.Axis{Axis: axis}, inputs
}

// piecesOf collects the padded tensors of a tree of sums that is used nowhere else.
func piecesOf(v *graph.Value, root *graph.Node, axis *int, uses map[*graph.Value]int, list []piece) ([]piece, bool) {
	n := v.Node
	if n != root && uses[v] != 1 {
		return nil, false
	}
	switch n.Op {
	case compute.OpTypeAdd:
		list, ok := piecesOf(n.Inputs[0], root, axis, uses, list)
		if !ok {
			return nil, false
		}
		return piecesOf(n.Inputs[1], root, axis, uses, list)
	case compute.OpTypePad:
		start, ok := paddedAxis(n, axis)
		return append(list, piece{n.Inputs[0], start}), ok
	}
	return nil, false
}

// paddedAxis returns the padding before a tensor that is padded with zeros along one axis, the same
// for all pieces.
func paddedAxis(n *graph.Node, axis *int) (start int, ok bool) {
	if c, ok := n.Inputs[1].Node.Attr.(graph.Constant); !ok ||
		slices.ContainsFunc(c.Data, func(b byte) bool { return b != 0 }) {
		return 0, false
	}
	padded := -1
	for i, p := range n.Attr.(graph.Pad).Axes {
		if p == (compute.PadAxis{}) {
			continue
		}
		if padded >= 0 || p.Interior != 0 || p.Start < 0 || p.End < 0 {
			return 0, false
		}
		padded, start = i, p.Start
	}
	if padded < 0 || *axis >= 0 && *axis != padded {
		return 0, false
	}
	*axis = padded
	return start, true
}

// transposeParts turns a transposed concatenation, in place, into a concatenation of transposed
// parts, and returns the new transpositions.
func transposeParts(n *graph.Node) (made []*graph.Node) {
	concat, p := n.Inputs[0].Node, n.Attr.(graph.Transpose).Permutation
	var inputs []*graph.Value
	for _, part := range concat.Inputs {
		shape := part.Shape.Clone()
		for i, axis := range p {
			shape.Dimensions[i] = part.Shape.Dimensions[axis]
		}
		t := &graph.Node{
			Op: compute.OpTypeTranspose, Func: n.Func, Attr: graph.Transpose{Permutation: p},
			Inputs: []*graph.Value{part},
		}
		t.Outputs = []*graph.Value{{Node: t, Shape: shape}}
		made = append(made, t)
		inputs = append(inputs, t.Outputs[0])
	}
	axis := slices.Index(p, concat.Attr.(graph.Axis).Axis)
	n.Op, n.Attr, n.Inputs = compute.OpTypeConcatenate, graph.Axis{Axis: axis}, inputs
	return made
}
