package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// prune drops what nobody needs any more because the loops that used it compute it again.
func (g *grouping) prune(fn *graph.Function) {
	live := map[*graph.Node]bool{}
	var mark func(n *graph.Node)
	mark = func(n *graph.Node) {
		if live[n] {
			return
		}
		live[n] = true
		for _, in := range n.Inputs {
			mark(in.Node)
		}
	}
	for _, r := range fn.Results {
		mark(r.Node)
	}
	fn.Nodes = slices.DeleteFunc(fn.Nodes, func(n *graph.Node) bool {
		of := g.of[n]
		if live[n] || of == nil {
			return false
		}
		of.nodes = slices.DeleteFunc(of.nodes, func(m *graph.Node) bool { return m == n })
		delete(g.of, n)
		return true
	})
	g.users = usersOf(fn)
}
