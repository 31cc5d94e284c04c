package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// unite joins a loop with one that uses its results wherever nothing between the two needs the
// first and feeds the second. The greedy grouping cannot see all such pairs, because it meets a
// loop before it knows the users: the decayed weights and moments of an optimizer stand beside the
// parameters, far ahead of the gradients.
func (g *grouping) unite(fn *graph.Function) {
	r := g.rank(fn)
	for i := len(fn.Nodes) - 1; i >= 0; i-- {
		n := fn.Nodes[i]
		for _, in := range n.Inputs {
			a, b := g.of[in.Node], g.of[n]
			if a == nil || b == nil || a == b || a.class != b.class || isColumnReduction(in.Node) || !mergeable(b, a) {
				continue
			}
			if after, between := r.between(a, b); !between {
				g.merge(b, a)
				r.merge(a, b, after)
			}
		}
	}
}

// ranking is an order of evaluation of loops and the nodes outside of them: what a unit uses stands
// before it. It bounds the search for a path between two units to those that stand between them, so
// that a graph of many thousand nodes is not searched to its end for every pair.
type ranking struct {
	*grouping
	order []*unit
	of    map[*graph.Node]*unit
}

// unit is a loop or a node outside of loops.
type unit struct {
	group *group // nil for a node
	node  *graph.Node
	rank  int // place in the order
}

// rank orders the units by their levels, and those of one level, such as a node and its views, as
// their first nodes stand in the function.
func (g *grouping) rank(fn *graph.Function) *ranking {
	r := &ranking{grouping: g, of: make(map[*graph.Node]*unit, len(fn.Nodes))}
	units := map[*group]*unit{}
	for _, n := range fn.Nodes {
		in := g.of[n]
		u := units[in]
		if in == nil || u == nil {
			u = &unit{group: in, node: n}
			r.order = append(r.order, u)
		}
		if r.of[n] = u; in != nil {
			units[in] = u
		}
	}
	slices.SortStableFunc(r.order, func(a, b *unit) int { return r.level(a) - r.level(b) })
	r.number(0, len(r.order))
	return r
}

func (r *ranking) level(u *unit) int {
	if u.group != nil {
		return u.group.level
	}
	return r.grouping.level[u.node]
}

// number gives the units from one place to another their ranks.
func (r *ranking) number(from, to int) {
	for i, u := range r.order[from:to] {
		u.rank = from + i
	}
}

// between tells whether something outside of two loops depends on the first while the second
// depends on it. Where nothing does, it returns what depends on the first and stands before the
// second.
func (r *ranking) between(a, b *group) (after map[*unit]bool, is bool) {
	first, last := r.of[a.nodes[0]], r.of[b.nodes[0]]
	after = map[*unit]bool{}
	open := []*unit{first}
	for len(open) > 0 {
		u := open[len(open)-1]
		open = open[:len(open)-1]
		for _, m := range u.members() {
			for _, o := range m.Outputs {
				for _, user := range r.users[o] {
					next := r.of[user]
					if next == last && u != first {
						return nil, true
					}
					if next == first || next.rank >= last.rank || after[next] {
						continue
					}
					after[next] = true
					open = append(open, next)
				}
			}
		}
	}
	return after, false
}

func (u *unit) members() []*graph.Node {
	if u.group != nil {
		return u.group.nodes
	}
	return []*graph.Node{u.node}
}

// merge takes note that loop a is part of b now: what depends on a moves behind it, and nothing of
// that goes into b.
func (r *ranking) merge(a, b *group, after map[*unit]bool) {
	first, last := r.of[a.nodes[0]], r.of[b.nodes[0]]
	from, to := first.rank, last.rank+1
	var moved []*unit
	at := from
	for _, u := range r.order[from:to] {
		switch {
		case u == first || u == last:
		case after[u]:
			moved = append(moved, u)
		default:
			r.order[at] = u
			at++
		}
	}
	r.order[at], r.order[at+1] = first, last // nothing leads to the first any more
	copy(r.order[at+2:], moved)
	for _, n := range a.nodes {
		r.of[n] = last
	}
	r.number(from, to)
}
