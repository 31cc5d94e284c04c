package pass

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// rewiring collects the changes that a pass makes to a function while it walks over the nodes:
// which values take the place of which, and which nodes are inserted. Nothing is inserted, and no
// result of the function changes, before [rewiring.apply]. The nodes of replaced values stay where
// they are, for dead-code elimination to remove.
type rewiring struct {
	f             *graph.Function
	replacement   map[*graph.Value]*graph.Value
	before, after map[*graph.Node][]*graph.Node
}

func newRewiring(f *graph.Function) *rewiring {
	return &rewiring{
		f: f, replacement: map[*graph.Value]*graph.Value{}, before: map[*graph.Node][]*graph.Node{},
		after: map[*graph.Node][]*graph.Node{},
	}
}

// replace lets a value take the place of an old one wherever that is used. It panics where the old
// value would replace itself, by way of others.
func (r *rewiring) replace(old, by *graph.Value) {
	if by = r.current(by); by == old {
		panic(fmt.Errorf("a value of %s replaces itself", old.Node.Op))
	}
	r.replacement[old] = by
}

// current is what stands in the place of a value: its replacement, the replacement of that, and so
// on; the value itself where it has none.
func (r *rewiring) current(v *graph.Value) *graph.Value {
	for {
		by, ok := r.replacement[v]
		if !ok {
			return v
		}
		v = by
	}
}

// inputs rewires the inputs of a node. A pass calls it before it matches the node.
func (r *rewiring) inputs(n *graph.Node) {
	for i, in := range n.Inputs {
		n.Inputs[i] = r.current(in)
	}
}

// insertBefore inserts new nodes before an old one, after those inserted there earlier.
func (r *rewiring) insertBefore(old *graph.Node, made ...*graph.Node) {
	r.before[old] = append(r.before[old], made...)
}

// insertAfter inserts new nodes after an old one and those inserted there earlier.
func (r *rewiring) insertAfter(old *graph.Node, made ...*graph.Node) {
	r.after[old] = append(r.after[old], made...)
}

// apply inserts the new nodes, and rewires the inputs of all nodes and the results of the function.
func (r *rewiring) apply() {
	nodes := make([]*graph.Node, 0, len(r.f.Nodes))
	for _, n := range r.f.Nodes {
		nodes = append(nodes, r.before[n]...)
		nodes = append(nodes, n)
		nodes = append(nodes, r.after[n]...)
	}
	for _, n := range nodes {
		r.inputs(n)
	}
	r.f.Nodes = nodes
	for i, result := range r.f.Results {
		r.f.Results[i] = r.current(result)
	}
}
