// Package graph is the typed graph that the builder records and the compiler rewrites: functions of
// nodes in the order in which they were made, which is an order of evaluation.
package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Value is one result of a node.
type Value struct {
	Node  *Node
	Index int // which of the node's outputs
	Shape shapes.Shape
}

// Node is one operation.
type Node struct {
	Op      compute.OpType
	Func    *Function
	Inputs  []*Value
	Outputs []*Value
	Attr    any // of the type that belongs to the operation, see attr.go; nil where it has none
	// Bodies are the closures of a control-flow operation (If: true, false; While: condition, body;
	// Sort: comparator). Their captured values are the node's last inputs, body after body.
	Bodies []*Function
}

// Function is a list of nodes in an order of evaluation.
type Function struct {
	Name     string
	Owner    any       // the builder it belongs to
	Parent   *Function // of a closure; nil for top-level functions
	Params   []*Value
	Captures []*Value // values of Parent that a closure uses…
	Captured []*Value // …and the nodes that stand for them in the closure, in the same order
	Nodes    []*Node
	Results  []*Value
}

// Add appends a node with outputs of the given shapes. AxisNames that are all empty are dropped.
func (f *Function) Add(op compute.OpType, attr any, inputs []*Value, outputs ...shapes.Shape) *Node {
	n := &Node{Op: op, Func: f, Inputs: inputs, Attr: attr}
	for i, s := range outputs {
		if !slices.ContainsFunc(s.AxisNames, func(name string) bool { return name != "" }) {
			s.AxisNames = nil
		}
		n.Outputs = append(n.Outputs, &Value{Node: n, Index: i, Shape: s})
	}
	f.Nodes = append(f.Nodes, n)
	return n
}

// Capture returns the value inside f that stands for v of an enclosing function; v itself where it
// belongs to f. It is an error if f is not a closure within the function of v.
func (f *Function) Capture(v *Value) (*Value, error) {
	if v.Node.Func == f {
		return v, nil
	}
	if f.Parent == nil {
		return nil, fmt.Errorf("a value of function %q is used in %q: only closures may use values of the "+
			"functions around them", v.Node.Func.Name, f.Name)
	}
	outer, err := f.Parent.Capture(v)
	if err != nil {
		return nil, err
	}
	for i, c := range f.Captures {
		if c == outer {
			return f.Captured[i], nil
		}
	}
	inner := f.Add(compute.OpTypeCapturedValue, nil, nil, outer.Shape).Outputs[0]
	f.Captures = append(f.Captures, outer)
	f.Captured = append(f.Captured, inner)
	return inner, nil
}

// Arguments are the values that a function takes when it runs: its parameters, then its captured
// values.
func (f *Function) Arguments() []*Value {
	return append(append([]*Value(nil), f.Params...), f.Captured...)
}

// String lists the nodes, one a line.
func (f *Function) String() string {
	var s strings.Builder
	id := map[*Value]int{}
	for _, n := range f.Nodes {
		for _, o := range n.Outputs {
			id[o] = len(id)
			fmt.Fprintf(&s, "%%%d %s ", id[o], o.Shape)
		}
		fmt.Fprintf(&s, "= %s(", n.Op)
		for i, in := range n.Inputs {
			if i > 0 {
				s.WriteString(", ")
			}
			fmt.Fprintf(&s, "%%%d", id[in])
		}
		s.WriteString(")")
		if n.Attr != nil {
			if c, ok := n.Attr.(Constant); ok {
				fmt.Fprintf(&s, " %s", c)
			} else {
				fmt.Fprintf(&s, " %+v", n.Attr)
			}
		}
		s.WriteString("\n")
	}
	s.WriteString("return")
	for _, r := range f.Results {
		fmt.Fprintf(&s, " %%%d", id[r])
	}
	s.WriteString("\n")
	return s.String()
}
