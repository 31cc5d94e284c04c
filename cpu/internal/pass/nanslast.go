package pass

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// sortNaNsLast makes orders of comparators that sort floats by < or >. A NaN is neither before nor
// behind anything to these, so a sort would leave everything around it where it happens to be; here
// it goes behind all numbers, whichever way they are sorted:
//
//	l < r  →  l < r or (r is NaN and l is not)
//
// l and r being made of the left and the right element, each by operations of one operand. The same
// goes for r > l, r < l and l > r, and for the comparisons that a comparator joins with and and or.
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

// value changes the comparisons that a truth value consists of, and the place that holds it.
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

// element is the number of the parameter that a value is made of by operations of one operand; −1
// if it is made in another way.
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
