package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
)

// unite joins a loop with one that uses its results wherever nothing between the two needs the
// first and feeds the second. The greedy grouping cannot see all such pairs, because it meets a
// loop before it knows the users: the decayed weights and moments of an optimizer stand beside the
// parameters, far ahead of the gradients.
func (g *grouping) unite(fn *graph.Function) {
	for i := len(fn.Nodes) - 1; i >= 0; i-- {
		n := fn.Nodes[i]
		for _, in := range n.Inputs {
			a, b := g.of[in.Node], g.of[n]
			if a == nil || b == nil || a == b || a.class != b.class || isColumnReduction(in.Node) ||
				g.between(a, b) {
				continue
			}
			g.merge(b, a)
		}
	}
}

// between tells whether something outside of two loops depends on the first while the second
// depends on it.
func (g *grouping) between(a, b *group) bool {
	seen := map[any]bool{a: true}
	var reaches func(n *graph.Node) bool
	reaches = func(n *graph.Node) bool {
		key, members := any(n), []*graph.Node{n}
		if in := g.of[n]; in != nil {
			key, members = in, in.nodes
		}
		if key == any(b) {
			return true
		}
		if seen[key] {
			return false
		}
		seen[key] = true
		for _, m := range members {
			for _, o := range m.Outputs {
				for _, user := range g.users[o] {
					if reaches(user) {
						return true
					}
				}
			}
		}
		return false
	}
	for _, m := range a.nodes {
		for _, o := range m.Outputs {
			for _, user := range g.users[o] {
				if in := g.of[user]; (in == nil || in != a && in != b) && reaches(user) {
					return true
				}
			}
		}
	}
	return false
}
