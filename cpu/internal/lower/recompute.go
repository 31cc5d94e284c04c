package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// recompute is rematerialisation: a cheap value is computed again in each loop that uses it, where
// that loads no more than the value itself would, and is not stored. What the gradient of a GELU or
// a layer norm needs, for example, follows from the input of the forward pass and a few numbers per
// row.
func (g *grouping) recompute(fn *graph.Function) {
	r := &recomputation{
		grouping: g, keep: map[*graph.Value]bool{}, position: map[*graph.Node]int{},
		before: map[*graph.Node][]*graph.Node{},
	}
	for _, v := range fn.Results {
		r.keep[v] = true
	}
	for i, n := range fn.Nodes {
		r.position[n] = i
	}
	for i := len(fn.Nodes) - 1; i >= 0; i-- {
		r.consider(fn.Nodes[i])
	}
	var nodes []*graph.Node
	for _, n := range fn.Nodes {
		nodes = append(append(nodes, r.before[n]...), n)
	}
	fn.Nodes = nodes
}

type recomputation struct {
	*grouping
	keep     map[*graph.Value]bool // results
	position map[*graph.Node]int
	before   map[*graph.Node][]*graph.Node // copies, by the node in front of which they are inserted
}

// consider drops the result of n from memory if every other loop that uses it can compute it.
func (r *recomputation) consider(n *graph.Node) {
	a := r.of[n]
	if a == nil || isView(n.Op) || isReduction(n.Op) || r.keep[n.Outputs[0]] || n.Outputs[0].Shape.Size() != a.size ||
		a.size < minRecompute {
		return
	}
	plans := map[*group]*cloning{}
	var order []*group
	for _, user := range r.users[n.Outputs[0]] {
		b := r.of[user]
		if b == nil || b == a && isView(user.Op) && r.stored(user.Outputs[0], a) {
			return
		}
		if b == a {
			continue
		}
		if plans[b] == nil {
			c := r.plan(n, a, b)
			if c == nil {
				return
			}
			plans[b] = c
			order = append(order, b)
		}
	}
	for _, b := range order {
		r.clone(plans[b], n, b)
	}
}

// minRecompute is the number of elements below which a value is always stored.
const minRecompute = 1 << 12

// cloning is the plan to compute a value of loop a in loop b: the nodes to copy, in order.
type cloning struct{ nodes []*graph.Node }

// plan finds the nodes that b must repeat to compute n. It returns nil where b would load more than
// one tensor of full size for them, or get too long.
func (r *recomputation) plan(n *graph.Node, a, b *group) *cloning {
	if a.size != b.size || a.class != b.class || b.cols != 0 && a.cols != 0 && a.cols != b.cols {
		return nil
	}
	loaded := map[*graph.Value]bool{}
	for _, m := range b.nodes {
		for _, in := range m.Inputs {
			if r.of[in.Node] != b {
				loaded[in] = true
			}
		}
	}
	c := &cloning{}
	extra := 0
	var visit func(m *graph.Node)
	visit = func(m *graph.Node) {
		if slices.Contains(c.nodes, m) {
			return
		}
		for _, in := range m.Inputs {
			switch {
			case r.of[in.Node] != a || r.stored(in, a) || isReduction(in.Node.Op):
				if !loaded[in] {
					loaded[in] = true
					if in.Shape.Size() == a.size && !isSpread(in) {
						extra++
					}
				}
			default:
				visit(in.Node)
			}
		}
		c.nodes = append(c.nodes, m)
	}
	visit(n)
	if extra > 1 || len(b.nodes)+len(c.nodes) > maxGroup {
		return nil
	}
	return c
}

// stored tells whether a value of loop a is stored in memory because it is used outside the loop,
// perhaps through a view.
func (r *recomputation) stored(v *graph.Value, a *group) bool {
	if r.keep[v] {
		return true
	}
	for _, user := range r.users[v] {
		if r.of[user] != a || isView(user.Op) && r.stored(user.Outputs[0], a) {
			return true
		}
	}
	return false
}

// isSpread tells whether a value of full size lies in less memory: a broadcast.
func isSpread(v *graph.Value) bool {
	for isView(v.Node.Op) {
		if len(v.Node.Inputs) == 0 || v.Node.Inputs[0].Shape.Size() < v.Shape.Size() {
			return true
		}
		v = v.Node.Inputs[0]
	}
	return false
}

// clone copies the planned nodes into b and lets it use the copies.
func (r *recomputation) clone(c *cloning, n *graph.Node, b *group) {
	first := b.nodes[0]
	for _, m := range b.nodes {
		if r.position[m] < r.position[first] {
			first = m
		}
	}
	to := map[*graph.Value]*graph.Value{}
	var copies []*graph.Node
	for _, m := range c.nodes {
		k := &graph.Node{Op: m.Op, Func: m.Func, Attr: m.Attr}
		for _, in := range m.Inputs {
			if t := to[in]; t != nil {
				in = t
			}
			k.Inputs = append(k.Inputs, in)
			r.users[in] = append(r.users[in], k)
		}
		k.Outputs = []*graph.Value{{Node: k, Shape: m.Outputs[0].Shape}}
		to[m.Outputs[0]] = k.Outputs[0]
		r.of[k] = b
		r.position[k] = r.position[first]
		copies = append(copies, k)
	}
	r.before[first] = append(copies, r.before[first]...) // earlier copies may use these
	for _, m := range b.nodes {
		for i, in := range m.Inputs {
			if t := to[in]; t != nil && in == n.Outputs[0] {
				m.Inputs[i] = t
				r.users[in] = slices.DeleteFunc(slices.Clone(r.users[in]), func(u *graph.Node) bool { return u == m })
				r.users[t] = append(r.users[t], m)
			}
		}
	}
	b.nodes = append(b.nodes, copies...)
	b.cols = max(b.cols, r.of[n].cols)
}
