package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
)

// sink moves loops whose results go into one other loop alone into that loop. The greedy grouping cannot, because it meets them before it
// knows their users: the decayed weights and moments of an optimizer stand beside the parameters, far ahead of the gradients.
func (g *grouping) sink(fn *graph.Function) {
	results := map[*graph.Value]bool{}
	for _, r := range fn.Results {
		results[r] = true
	}
	for i := len(fn.Nodes) - 1; i >= 0; i-- {
		a := g.of[fn.Nodes[i]]
		if a == nil {
			continue
		}
		if b := g.onlyUser(a, results); b != nil && a.class == b.class && !a.reduces() {
			g.merge(b, a)
		}
	}
}

// reduces tells whether a loop has reductions. They may have decided its rows for good reasons, and their partial results want few tasks.
func (a *group) reduces() bool {
	for _, n := range a.nodes {
		if isReduction(n.Op) {
			return true
		}
	}
	return false
}

// onlyUser is the loop that uses all results of a, nil if there are several or others.
func (g *grouping) onlyUser(a *group, results map[*graph.Value]bool) *group {
	var only *group
	for _, n := range a.nodes {
		for _, o := range n.Outputs {
			if results[o] {
				return nil
			}
			for _, user := range g.users[o] {
				b := g.of[user]
				if b == a {
					continue
				}
				if b == nil || only != nil && b != only {
					return nil
				}
				only = b
			}
		}
	}
	if only == nil || only.class == loop.AnyClass {
		return nil
	}
	return only
}
