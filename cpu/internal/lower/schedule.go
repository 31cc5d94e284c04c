package lower

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// schedule lowers all nodes in the order of the graph, as far as loops allow: a loop runs where its
// last node stood, or before the first node outside that needs one of its values. So the lifetimes
// of values stay about as long as in the graph.
func (l *lowering) schedule() error {
	last := map[*group]*graph.Node{}
	for _, n := range l.fn.Nodes {
		if g := l.groups.of[n]; g != nil {
			last[g] = n
		}
	}
	for _, n := range l.fn.Nodes {
		if g := l.groups.of[n]; g != nil && last[g] != n || g == nil && isView(n.Op) {
			continue
		}
		if err := l.demand(n); err != nil {
			return err
		}
	}
	return nil
}

// demand lowers a node, or the loop that it belongs to, after everything that goes into it.
func (l *lowering) demand(n *graph.Node) error {
	g := l.groups.of[n]
	key, members := any(n), []*graph.Node{n}
	if g != nil {
		key, members = g, g.nodes
	}
	if l.done[key] {
		return nil
	}
	l.done[key] = true
	for _, m := range members {
		for _, in := range m.Inputs {
			if g != nil && l.groups.of[in.Node] == g {
				continue
			}
			if err := l.demand(in.Node); err != nil {
				return err
			}
		}
	}
	if err := l.lower(n, g); err != nil {
		return fmt.Errorf("%s: %w", n.Op, err)
	}
	return nil
}

// lower writes the kernels of a node or loop whose inputs are ready. Views get no kernel here: a
// copy is made where a consumer needs one.
func (l *lowering) lower(n *graph.Node, g *group) error {
	if g != nil {
		return l.loop(g)
	}
	if isView(n.Op) {
		return nil
	}
	lower, ok := lowerings[n.Op]
	if !ok {
		return fmt.Errorf("has no kernel for %s", n.Outputs[0].Shape)
	}
	return lower(l, n)
}
