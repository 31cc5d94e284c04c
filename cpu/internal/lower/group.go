package lower

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/view"
)

// group is a set of nodes that become one loop over size elements.
type group struct {
	nodes []*graph.Node
	size  int
	cols  int // length of a row; 0 while no operation of the group fixes it
	class loop.Class
	level int
}

// maxGroup bounds the registers of a loop, which should stay in the second-level cache.
const maxGroup = 96

// grouping is the partition of a function's elementwise nodes into loops.
type grouping struct {
	of    map[*graph.Node]*group
	level map[*graph.Node]int // of nodes outside of groups
	users map[*graph.Value][]*graph.Node
}

// fuse groups the nodes of a function greedily, in order.
//
// Groups and other nodes have levels that rise strictly along every edge between two of them. A
// node may join a group of its inputs if all its other inputs come from lower levels: then none of
// them can depend on the group, and no cycle arises. Groups of equal level that meet in a node are
// joined for the same reason.
func fuse(fn *graph.Function) *grouping {
	g := &grouping{of: map[*graph.Node]*group{}, level: map[*graph.Node]int{}, users: fn.Users()}
	for _, n := range fn.Nodes {
		g.place(n)
	}
	g.unite(fn)
	g.recompute(fn)
	g.eliminateDeadCode(fn)
	g.order(fn)
	return g
}

// order puts the nodes of every group into the order of the function.
func (g *grouping) order(fn *graph.Function) {
	at := map[*graph.Node]int{}
	for i, n := range fn.Nodes {
		at[n] = i
	}
	sorted := map[*group]bool{}
	for _, in := range g.of {
		if !sorted[in] {
			sorted[in] = true
			slices.SortFunc(in.nodes, func(a, b *graph.Node) int { return at[a] - at[b] })
		}
	}
}

// levelOf is the level of the group or node that makes v.
func (g *grouping) levelOf(v *graph.Value) int {
	if in := g.of[v.Node]; in != nil {
		return in.level
	}
	return g.level[v.Node]
}

// place puts a node into a group or gives it a level of its own.
func (g *grouping) place(n *graph.Node) {
	top := -1
	for _, in := range n.Inputs {
		top = max(top, g.levelOf(in))
	}
	fresh, ok := newGroup(n)
	if ok {
		if joined := g.candidate(n, top); joined != nil && g.join(joined, n, fresh) {
			return
		}
	}
	if isView(n.Op) && g.of[n.Inputs[0].Node] == nil {
		g.level[n] = max(top, 0) // a view of a value outside of loops needs no kernel
		return
	}
	if !ok || isView(n.Op) {
		g.level[n] = top + 1
		return
	}
	fresh.level = top + 1
	fresh.nodes = []*graph.Node{n}
	g.of[n] = fresh
}

// candidate is the group that all inputs of the highest level come from, after joining several of
// that level if possible.
func (g *grouping) candidate(n *graph.Node, top int) *group {
	var found *group
	for _, in := range n.Inputs {
		if g.levelOf(in) < top {
			continue
		}
		other := g.of[in.Node]
		if other == nil || isColumnReduction(in.Node) {
			return nil
		}
		if found != nil && other != found && !g.merge(found, other) {
			return nil
		}
		if found == nil {
			found = other
		}
	}
	return found
}

// mergeable tells whether the loops of two groups can be one.
func mergeable(a, b *group) bool {
	return a.size == b.size && (a.class == b.class || a.class == loop.AnyClass || b.class == loop.AnyClass) &&
		len(a.nodes)+len(b.nodes) <= maxGroup && (a.cols == 0 || b.cols == 0 || a.cols == b.cols)
}

// merge moves the nodes of b into a.
func (g *grouping) merge(a, b *group) bool {
	if !mergeable(a, b) {
		return false
	}
	a.cols = max(a.cols, b.cols)
	a.class = max(a.class, b.class)
	a.nodes = append(a.nodes, b.nodes...)
	for _, n := range b.nodes {
		g.of[n] = a
	}
	return true
}

// join adds n to a group if their spaces agree; fresh is the group that n would be alone.
func (g *grouping) join(a *group, n *graph.Node, fresh *group) bool {
	if fresh.class != a.class && fresh.class != loop.AnyClass && a.class != loop.AnyClass || len(a.nodes) >= maxGroup {
		return false
	}
	cols := a.cols
	if fresh.size == a.size {
		if isView(n.Op) && !g.inner(a, n) {
			return false
		}
		if fresh.cols != 0 && cols != 0 && fresh.cols != cols {
			// A reduction or a broadcast with rows of another length.
			return false
		}
		cols = max(cols, fresh.cols)
	} else if cols == 0 || fresh.size != a.size/cols || isReduction(n.Op) || fresh.cols != 0 {
		return false
	} else if isView(n.Op) && !g.inner(a, n) {
		return false
	}
	a.cols, a.class = cols, max(a.class, fresh.class)
	a.nodes = append(a.nodes, n)
	g.of[n] = a
	return true
}

// inner tells whether the registers of a group hold the result of a reshape or broadcast of one of
// its values unchanged.
func (g *grouping) inner(a *group, n *graph.Node) bool {
	in, out := n.Inputs[0], n.Outputs[0]
	switch n.Op {
	case compute.OpTypeReshape, compute.OpTypeIdentity:
		return in.Shape.Size() == out.Shape.Size()
	case compute.OpTypeBroadcastInDim:
		rows := in.Shape.Size()
		if rows == out.Shape.Size() {
			return true
		}
		if a.cols == 0 || rows*a.cols != a.size || out.Shape.Size() != a.size {
			return false
		}
		c := view.Of(in.Shape.Dimensions).Broadcast(out.Shape.Dimensions, n.Attr.(graph.Broadcast).Axes)
		step, ok := c.Rows(a.cols)
		return ok && step == 0
	}
	return false
}

// newGroup is the loop that a node would be alone; ok is false where it is none.
func newGroup(n *graph.Node) (g *group, ok bool) {
	out := n.Outputs[0]
	g = &group{size: out.Shape.Size()}
	switch {
	case n.Op == compute.OpTypeConvertDType:
		g.class, ok = convertClass(n.Inputs[0].Shape.DType, out.Shape.DType)
		return g, ok
	case n.Op == compute.OpTypeReshape || n.Op == compute.OpTypeBroadcastInDim || n.Op == compute.OpTypeIdentity:
		g.class, ok = loop.ClassOf(out.Shape.DType)
		return g, ok
	case isReduction(n.Op):
		in := n.Inputs[0]
		g.size = in.Shape.Size()
		g.class, ok = loop.ClassOf(in.Shape.DType)
		_, g.cols = reductionSpace(n)
		return g, ok && g.size > 0 && len(reduceAxes(n)) > 0 && g.cols >= 0
	case isElementwise(n.Op):
		for _, in := range n.Inputs {
			class, known := loop.ClassOf(in.Shape.DType)
			if !known {
				return nil, false
			}
			g.class = max(g.class, class)
		}
		return g, true
	}
	return nil, false
}

// convertClass is the class in which a conversion is computed: that of the floats, if one side is a
// float; else that of the result. Loads and stores do the rest.
func convertClass(from, to dtypes.DType) (loop.Class, bool) {
	a, ok := loop.ClassOf(from)
	b, ok2 := loop.ClassOf(to)
	if !ok || !ok2 {
		return 0, false
	}
	switch {
	case a == loop.F64 || b == loop.F64:
		return loop.F64, true
	case a == loop.F32 || b == loop.F32:
		return loop.F32, true
	case b == loop.AnyClass:
		return a, true
	}
	return b, true
}

// reductionKind tells how a reduction fits into rows: over whole rows, over whole columns, or over
// everything.
type reductionKind uint8

const (
	overRows    reductionKind = iota // over the last axes: one number per row
	overColumns                      // over the first axes: one number per column
	overAll
	overOther
)

// reductionSpace is the kind of a reduction and the length of the rows that it implies; −1 where
// none fits.
func reductionSpace(n *graph.Node) (reductionKind, int) {
	dims, axes := n.Inputs[0].Shape.Dimensions, reduceAxes(n)
	reduced := make([]bool, len(dims))
	for _, a := range axes {
		reduced[a] = true
	}
	inner, flips, state := 1, 0, -1
	for i, d := range dims {
		if d == 1 {
			continue
		}
		now := 0
		if reduced[i] {
			now = 1
		}
		if state >= 0 && now != state {
			flips++
			inner = 1
		}
		state = now
		inner *= d
	}
	switch {
	case flips == 0 && state == 0:
		return overRows, 1 // only axes of length 1
	case flips == 0:
		return overAll, 0
	case flips == 1 && state == 1:
		return overRows, inner
	case flips == 1:
		return overColumns, inner
	}
	return overOther, -1
}

func reduceAxes(n *graph.Node) []int { return n.Attr.(graph.Reduce).Axes }

// isColumnReduction tells whether a node reduces over rows or everything, so that its result is
// complete only when the whole loop has run.
func isColumnReduction(n *graph.Node) bool {
	if !isReduction(n.Op) {
		return false
	}
	kind, _ := reductionSpace(n)
	return kind != overRows
}

var reductions = []compute.OpType{
	compute.OpTypeReduceSum, compute.OpTypeReduceProduct, compute.OpTypeReduceMax, compute.OpTypeReduceMin,
	compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor,
	compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor,
}

func isReduction(op compute.OpType) bool { return slices.Contains(reductions, op) }
