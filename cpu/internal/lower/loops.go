package lower

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/view"
)

// isElementwise tells whether each element of the result depends on the same element of the inputs
// alone.
func isElementwise(op compute.OpType) bool {
	switch op {
	case compute.OpTypeFusedGelu, compute.OpTypeWhere, compute.OpTypeClamp, compute.OpTypeIsNaN, compute.OpTypeIsFinite,
		compute.OpTypeConvertDType,
		compute.OpTypeEqualTotalOrder, compute.OpTypeNotEqualTotalOrder, compute.OpTypeLessThanTotalOrder,
		compute.OpTypeLessOrEqualTotalOrder,
		compute.OpTypeGreaterThanTotalOrder, compute.OpTypeGreaterOrEqualTotalOrder:
		return true
	}
	return shapeinference.StandardUnaryOperations.Has(op) || shapeinference.AllBinaryOperations.Has(op)
}

// looping builds the loop of one group.
type looping struct {
	*lowering
	group *group
	loop  loop.Loop
	regs  map[*graph.Value]int // of the group's values, loads first
	loads []*graph.Value       // what the loads read
	row   []bool               // the load has one number per row
}

// loop lowers a group.
func (l *lowering) loop(g *group) error {
	lp := &looping{lowering: l, group: g, regs: map[*graph.Value]int{}}
	for _, n := range g.nodes {
		for _, in := range n.Inputs {
			lp.load(in)
		}
	}
	lp.shape()
	for _, n := range g.nodes {
		lp.node(n)
	}
	for _, n := range g.nodes {
		lp.store(n)
	}
	l.p.Kernels = append(l.p.Kernels, loop.Compile(l.p, lp.name(), g.class, &lp.loop)...)
	return nil
}

// load makes a register of a value from outside.
func (lp *looping) load(v *graph.Value) {
	if lp.groups.of[v.Node] == lp.group {
		return
	}
	if _, done := lp.regs[v]; done {
		return
	}
	lp.regs[v] = len(lp.loads)
	lp.loads = append(lp.loads, v)
	lp.row = append(lp.row, v.Shape.Size() != lp.group.size)
}

// shape decides the length of a row, and loads everything as rows of that length.
func (lp *looping) shape() {
	cols := lp.group.cols
	if cols == 0 {
		cols = lp.natural()
	}
	lp.loop.Cols = max(cols, 1)
	lp.loop.Rows = lp.group.size / lp.loop.Cols
	for i, v := range lp.loads {
		at := lp.view(v)
		if lp.row[i] {
			at.view = at.view.Broadcast(append(slices.Clone(at.view.Dims), lp.loop.Cols), upTo(len(at.view.Dims)))
		}
		if _, ok := at.view.Rows(lp.loop.Cols); !ok {
			at = place{lp.dense(v), view.Of(v.Shape.Dimensions)}
		}
		lp.loop.Loads = append(lp.loop.Loads, loop.Load{Slot: at.slot, DType: v.Shape.DType, View: at.view})
	}
}

// natural is the row length for a group in which no operation fixes one: 0 if all loads are
// contiguous, else the longest that reads all of them as views.
func (lp *looping) natural() int {
	cols := 0
	for _, v := range lp.loads {
		c := lp.view(v).view.Collapse()
		if last := len(c.Dims) - 1; last > 0 || last == 0 && c.Strides[0] > 1 || last == 0 && c.Strides[0] < 0 {
			cols = gcd(cols, c.Dims[last])
		}
	}
	if cols < minRow && cols != 0 {
		// Such short rows are slower than copies.
		return lastDim(lp.group)
	}
	return cols
}

// minRow is the shortest length of rows that natural chooses to read views without copies.
const minRow = 4

func lastDim(g *group) int {
	dims := g.nodes[0].Outputs[0].Shape.Dimensions
	if len(dims) == 0 {
		return 1
	}
	return max(dims[len(dims)-1], 1)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// node adds the instruction of a node; views of registers are the registers themselves.
func (lp *looping) node(n *graph.Node) {
	out := n.Outputs[0]
	if isView(n.Op) {
		lp.regs[out] = lp.regs[n.Inputs[0]]
		return
	}
	if isColumnReduction(n) {
		return
	}
	in := loop.Instr{Op: n.Op, DType: out.Shape.DType, Source: n.Inputs[0].Shape.DType}
	for _, v := range n.Inputs {
		in.Args = append(in.Args, lp.regs[v])
	}
	lp.loop.Code = append(lp.loop.Code, in)
	lp.regs[out] = len(lp.loads) + len(lp.loop.Code) - 1
}

// store writes a node's value to memory if it is used outside the loop.
func (lp *looping) store(n *graph.Node) {
	out := n.Outputs[0]
	if isView(n.Op) || !lp.wanted(out) {
		return
	}
	s := loop.Store{Slot: lp.out(out), DType: out.Shape.DType}
	if isColumnReduction(n) {
		s.Reg, s.Reduce, s.Target = lp.regs[n.Inputs[0]], n.Op, loop.Columns
		if kind, _ := reductionSpace(n); kind == overAll {
			s.Target = loop.Total
		}
	} else {
		s.Reg = lp.regs[out]
		if out.Shape.Size() != lp.group.size {
			s.Target = loop.PerRow
		}
	}
	lp.loop.Stores = append(lp.loop.Stores, s)
}

// wanted tells whether a value of the group is used outside of it, perhaps through a view inside.
func (lp *looping) wanted(v *graph.Value) bool {
	if _, ok := lp.result[v]; ok {
		return true
	}
	for _, user := range lp.groups.users[v] {
		if lp.groups.of[user] != lp.group || isView(user.Op) && lp.wanted(user.Outputs[0]) {
			return true
		}
	}
	return false
}

// name lists the first operations of the loop.
func (lp *looping) name() string {
	name := "loop"
	for i, n := range lp.group.nodes {
		if i == 6 {
			return name + " …"
		}
		if !isView(n.Op) {
			name += " " + n.Op.String()
		}
	}
	return name
}

// reduceOther reduces over axes that are not adjacent, and tensors without elements.
func reduceOther(l *lowering, n *graph.Node) error {
	in, out := n.Inputs[0], n.Outputs[0]
	class, ok := loop.ClassOf(in.Shape.DType)
	if !ok {
		return unsupported(in)
	}
	var kept []int
	for i := range in.Shape.Dimensions {
		if !slices.Contains(reduceAxes(n), i) {
			kept = append(kept, i)
		}
	}
	rows := out.Shape.Size()
	if rows == 0 {
		l.out(out)
		return nil
	}
	at := l.view(in)
	cols := in.Shape.Size() / rows
	at.view = at.view.Transpose(append(kept, reduceAxes(n)...))
	if _, ok := at.view.Rows(max(cols, 1)); !ok {
		slot := l.scratch(byteSize(in.Shape))
		l.copy(at, slot, shapes.Make(in.Shape.DType, at.view.Dims...))
		at = place{slot, view.Of(at.view.Dims)}
	}
	lp := loop.Loop{
		Rows: rows, Cols: cols,
		Loads:  []loop.Load{{Slot: at.slot, DType: in.Shape.DType, View: at.view}},
		Code:   []loop.Instr{{Op: n.Op, Args: []int{0}, DType: out.Shape.DType, Source: in.Shape.DType}},
		Stores: []loop.Store{{Reg: 1, Slot: l.out(out), DType: out.Shape.DType, Target: loop.PerRow}},
	}
	if cols == 0 {
		l.emit(loop.Neutral(n.Op, out.Shape.DType, lp.Stores[0].Slot, rows))
		return nil
	}
	l.p.Kernels = append(l.p.Kernels, loop.Compile(l.p, n.Op.String(), class, &lp)...)
	return nil
}
