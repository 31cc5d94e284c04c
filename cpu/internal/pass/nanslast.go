package pass

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// sortNaNsLast changes comparators that sort floats by < or > so that NaNs are ordered after all
// numbers, in either direction. < and > are false for a NaN, so with them alone a sort would leave
// NaNs anywhere, and the numbers between them unsorted:
//
//	l < r  →  l < r or (r is NaN and l is not)
//
// l and r are computed from the left and the right element, each by operations of one operand. The
// same holds for r > l, r < l and l > r, and for comparisons that a comparator joins with and and
// or.
func sortNaNsLast(f *graph.Function) {
	for _, n := range f.Nodes {
		if n.Op == compute.OpTypeSort {
			c := &comparator{newRewiring(n.Bodies[0])}
			c.value(&c.f.Results[0])
			c.apply()
		}
	}
}

// comparator is the closure of a sort while it is rewritten.
type comparator struct{ *rewiring }

// value rewrites the comparisons in a truth value, and the pointer to it.
func (c *comparator) value(at **graph.Value) {
	n := (*at).Node
	switch n.Op {
	case compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr:
		for i := range n.Inputs {
			c.value(&n.Inputs[i])
		}
	case compute.OpTypeLessThan, compute.OpTypeGreaterThan:
		if !n.Inputs[0].Shape.DType.IsFloat() {
			return
		}
		a, b := c.element(n.Inputs[0]), c.element(n.Inputs[1])
		if a < 0 || b < 0 || a/2 != b/2 || a == b {
			return
		}
		left, right := n.Inputs[0], n.Inputs[1]
		if a > b {
			left, right = right, left
		}
		*at = c.orNaN(*at, left, right)
	}
}

// element is the index of the parameter from which a value is computed by operations of one
// operand; −1 where it is computed in another way.
func (c *comparator) element(v *graph.Value) int {
	for len(v.Node.Inputs) == 1 {
		v = v.Node.Inputs[0]
	}
	for i, p := range c.f.Params {
		if p == v {
			return i
		}
	}
	return -1
}

// orNaN is less or (right is NaN and left is not).
func (c *comparator) orNaN(less, left, right *graph.Value) *graph.Value {
	add := func(op compute.OpType, in ...*graph.Value) *graph.Value {
		n := &graph.Node{Op: op, Func: c.f, Inputs: in}
		n.Outputs = []*graph.Value{{Node: n, Shape: shapes.Make(dtypes.Bool, less.Shape.Dimensions...)}}
		c.insertAfter(less.Node, n)
		return n.Outputs[0]
	}
	only := add(compute.OpTypeLogicalAnd, add(compute.OpTypeIsNaN, right),
		add(compute.OpTypeLogicalNot, add(compute.OpTypeIsNaN, left)))
	return add(compute.OpTypeLogicalOr, less, only)
}
