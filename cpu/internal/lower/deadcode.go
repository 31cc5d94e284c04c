package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// eliminateDeadCode removes the nodes that no result depends on any more, because all loops that
// used them compute them again, from their loops and from the function.
func (g *grouping) eliminateDeadCode(fn *graph.Function) {
	live := fn.Live()
	fn.Nodes = slices.DeleteFunc(fn.Nodes, func(n *graph.Node) bool {
		of := g.of[n]
		if live[n] || of == nil {
			return false
		}
		of.nodes = slices.DeleteFunc(of.nodes, func(m *graph.Node) bool { return m == n })
		delete(g.of, n)
		return true
	})
	g.users = fn.Users()
}
