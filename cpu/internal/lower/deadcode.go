package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// eliminateDeadCode removes from loops, and from the function, the nodes whose results nobody needs
// any more because the loops that used them compute them again.
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
