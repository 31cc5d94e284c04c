package lower

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/testseed"
)

// TestUniteFindsAllPairs compares the loops that are joined with those that a search of the whole
// graph, for every pair, allows to join.
func TestUniteFindsAllPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(testseed.Seed(t), 0))
	joined := 0
	for range 200 {
		f := tangle(random, 20+random.IntN(60))
		bounded, whole := placed(f), placed(f)
		bounded.unite(f)
		whole.uniteByWholeSearch(f)
		for _, n := range f.Nodes {
			got, want := bounded.partners(n), whole.partners(n)
			if !maps.Equal(got, want) {
				t.Fatalf("node %d is in a loop of %d nodes, want %d", slices.Index(f.Nodes, n), len(got), len(want))
			}
			joined += len(got)
		}
		before := placed(f)
		for _, n := range f.Nodes {
			joined -= len(before.partners(n))
		}
	}
	if joined <= 0 {
		t.Error("no graph had loops to join, so nothing was compared")
	}
}

// tangle is a graph of elementwise operations of few sizes, and others between them that belong to
// no loop.
func tangle(random *rand.Rand, nodes int) *graph.Function {
	f := &graph.Function{Name: "tangle"}
	values := map[int][]*graph.Value{}
	sizes := []int{8, 24}
	for _, size := range sizes {
		v := f.Add(compute.OpTypeParameter, graph.Parameter{}, nil, shapes.Make(dtypes.Float32, size)).Outputs[0]
		f.Params, values[size] = append(f.Params, v), []*graph.Value{v}
	}
	for range nodes {
		size := sizes[random.IntN(len(sizes))]
		pick := func() *graph.Value {
			known := values[size]
			return known[max(0, len(known)-1-random.IntN(min(12, len(known))))]
		}
		shape := shapes.Make(dtypes.Float32, size)
		var n *graph.Node
		switch random.IntN(4) {
		case 0: // no loop computes it
			n = f.Add(compute.OpTypeFFT, nil, []*graph.Value{pick()}, shape)
		case 1:
			n = f.Add(compute.OpTypeNeg, nil, []*graph.Value{pick()}, shape)
		default:
			n = f.Add(compute.OpTypeAdd, nil, []*graph.Value{pick(), pick()}, shape)
		}
		values[size] = append(values[size], n.Outputs[0])
	}
	return f
}

// placed are the loops before any are united.
func placed(f *graph.Function) *grouping {
	g := &grouping{of: map[*graph.Node]*group{}, level: map[*graph.Node]int{}, users: f.Users()}
	for _, n := range f.Nodes {
		g.place(n)
	}
	return g
}

// partners are the nodes in the loop of a node.
func (g *grouping) partners(n *graph.Node) map[*graph.Node]bool {
	all := map[*graph.Node]bool{}
	if in := g.of[n]; in != nil {
		for _, m := range in.nodes {
			all[m] = true
		}
	}
	return all
}

// uniteByWholeSearch is unite without an order that bounds the search.
func (g *grouping) uniteByWholeSearch(f *graph.Function) {
	for i := len(f.Nodes) - 1; i >= 0; i-- {
		n := f.Nodes[i]
		for _, in := range n.Inputs {
			a, b := g.of[in.Node], g.of[n]
			if a == nil || b == nil || a == b || a.class != b.class || isColumnReduction(in.Node) || g.path(a, b) {
				continue
			}
			g.merge(b, a)
		}
	}
}

// path tells whether something outside of two loops depends on the first while the second depends
// on it.
func (g *grouping) path(a, b *group) bool {
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
			if slices.ContainsFunc(g.users[m.Outputs[0]], reaches) {
				return true
			}
		}
		return false
	}
	for _, m := range a.nodes {
		for _, user := range g.users[m.Outputs[0]] {
			if in := g.of[user]; (in == nil || in != a && in != b) && reaches(user) {
				return true
			}
		}
	}
	return false
}
