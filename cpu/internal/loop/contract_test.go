package loop

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// writer of loops of float32 whose registers are all positive, or all negative, so that their sums
// lose no digits.
type phrases struct {
	*Loop
	full []int // registers of whole tiles
	t    *rapid.T
}

// Loads of a phrase: two tiles, two rows, two columns, a number.
const (
	tileA = iota
	tileB
	rowA
	rowB
	colA
	colB
	number
	phraseLoads
)

func (p *phrases) do(op compute.OpType, args ...int) int {
	if len(args) == 2 && op != compute.OpTypeDiv && rapid.Bool().Draw(p.t, "exchanged") {
		args[0], args[1] = args[1], args[0]
	}
	p.Code = append(p.Code, Instr{Op: op, Args: args, DType: dtypes.Float32, Source: dtypes.Float32})
	return len(p.Loads) + len(p.Code) - 1
}

func (p *phrases) pick() int { return rapid.SampledFrom(p.full).Draw(p.t, "tile") }

func (p *phrases) row() int { return rapid.SampledFrom([]int{rowA, rowB}).Draw(p.t, "row") }

// add writes one of the forms that contract knows, or nearly so.
func (p *phrases) add() {
	const add, mul, div = compute.OpTypeAdd, compute.OpTypeMul, compute.OpTypeDiv
	const neg, sum = compute.OpTypeNeg, compute.OpTypeReduceSum
	switch rapid.IntRange(0, 7).Draw(p.t, "form") {
	case 0:
		p.full = append(p.full, p.do(div, p.pick(), p.do(sum, p.do(mul, p.pick(), p.pick()))))
	case 1:
		p.do(sum, p.do(neg, p.do(mul, p.pick(), p.do(div, p.pick(), p.row()))))
	case 2:
		p.do(sum, p.do(neg, p.pick()))
	case 3:
		factor := rapid.SampledFrom([]int{rowA, rowB, number, colA}).Draw(p.t, "factor")
		product := p.do(mul, p.pick(), factor)
		first := p.do(add, product, p.pick())
		p.full = append(p.full, p.do(add, product, first))
	case 4:
		p.full = append(p.full, p.do(mul, p.pick(), p.do(div, p.pick(), p.row())))
	case 5:
		p.full = append(p.full, p.do(add, p.do(mul, p.do(div, p.pick(), p.row()), colA), colB))
	case 6:
		quotient := p.do(div, p.pick(), p.row())
		p.full = append(p.full, quotient, p.do(mul, quotient, p.pick()))
	case 7:
		p.full = append(p.full, p.do(add, p.pick(), p.pick()))
	}
}

func TestContractedLoopsEqualTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prog := &program.Program{Pool: parallel.New(2)}
		defer prog.Pool.Close()
		l := &Loop{
			Rows: rapid.IntRange(1, 30).Draw(t, "rows"),
			Cols: rapid.SampledFrom([]int{1, 2, 7, 64, 300}).Draw(t, "cols"),
		}
		space := []int{l.Rows, l.Cols}
		row, col := view.Of([]int{l.Rows}).Broadcast(space, []int{0}), view.Of([]int{l.Cols}).Broadcast(space, []int{1})
		for i, v := range []view.View{
			view.Of(space), view.Of(space), row, row, col, col,
			view.Of(nil).Broadcast(space, nil),
		} {
			slot := prog.NewSlot(program.Slot{Kind: program.Input, Size: l.Rows * l.Cols * 4, Index: i})
			l.Loads = append(l.Loads, Load{slot, dtypes.Float32, v})
		}
		p := &phrases{Loop: l, full: []int{tileA, tileB}, t: t}
		for range rapid.IntRange(1, 5).Draw(t, "forms") {
			p.add()
		}
		kinds := kindsOf(l)
		for i := range rapid.IntRange(1, 4).Draw(t, "stores") {
			s := Store{Reg: len(kinds) - 1, DType: dtypes.Float32, Target: Elements}
			if i > 0 {
				s.Reg = rapid.IntRange(phraseLoads, len(kinds)-1).Draw(t, "register")
			}
			if kinds[s.Reg] == full && rapid.Bool().Draw(t, "columns") {
				s.Target, s.Reduce = Columns, compute.OpTypeReduceSum
			}
			s.Slot = prog.NewSlot(program.Slot{Kind: program.Output, Size: l.Rows * l.Cols * 4, Index: i})
			l.Stores = append(l.Stores, s)
		}
		o := &oracle{Loop: l, memo: map[[3]int]float64{}}
		prog.Kernels = Compile(prog, "loop", F32, l)
		prog.Plan()
		var inputs, outputs [][]byte
		for k := range l.Loads {
			x, wide := make([]float32, l.Rows*l.Cols), make([]float64, l.Rows*l.Cols)
			for i := range x {
				x[i] = 1 + float32(math.Sin(float64(i*7+k)))/2
				wide[i] = float64(x[i])
			}
			o.inputs, inputs = append(o.inputs, wide), append(inputs, program.CastBytes(x))
		}
		for _, s := range l.Stores {
			outputs = append(outputs, make([]byte, prog.Slots[s.Slot].Size))
		}
		if err := prog.Run(inputs, outputs); err != nil {
			t.Fatal(err)
		}
		for i, s := range l.Stores {
			got := program.Cast[float32](outputs[i])
			for r := range l.Rows {
				for c := range l.Cols {
					want, at := o.at(s.Reg, r, c), r*l.Cols+c
					if s.Target == Columns {
						want, at = 0, c
						for k := range l.Rows {
							want += o.at(s.Reg, k, c)
						}
					}
					if math.Abs(float64(got[at])-want) > 1e-5*math.Abs(want) {
						t.Fatalf("store %d of register %d: element (%d, %d) is %g, want %g", i, s.Reg, r, c, got[at],
							want)
					}
				}
			}
		}
	})
}

// TestLayerNormIsContracted counts the instructions that are left of a layer norm.
func TestLayerNormIsContracted(t *testing.T) {
	l := &Loop{Rows: 4, Cols: 8}
	space := []int{4, 8}
	for _, v := range []view.View{
		view.Of(space), view.Of([]int{4}).Broadcast(space, []int{0}),
		view.Of([]int{8}).Broadcast(space, []int{1}), view.Of([]int{8}).Broadcast(space, []int{1}),
	} {
		l.Loads = append(l.Loads, Load{DType: dtypes.Float32, View: v})
	}
	do := func(op compute.OpType, args ...int) int {
		l.Code = append(l.Code, Instr{Op: op, Args: args, DType: dtypes.Float32})
		return len(l.Loads) + len(l.Code) - 1
	}
	centered := do(compute.OpTypeSub, 0, 1)
	root := do(compute.OpTypeSqrt, do(compute.OpTypeReduceSum, do(compute.OpTypeMul, centered, centered)))
	y := do(compute.OpTypeAdd, do(compute.OpTypeMul, do(compute.OpTypeDiv, centered, root), 2), 3)
	l.Stores = []Store{{Reg: y, DType: dtypes.Float32}}
	var ops []compute.OpType
	for _, in := range contract(l).Code {
		ops = append(ops, in.Op)
	}
	if len(ops) != 4 || ops[0] != compute.OpTypeSub || ops[1] != opDot || ops[2] != compute.OpTypeSqrt ||
		ops[3] != opAffine {
		t.Errorf("left are operations %d: want Sub, dot, Sqrt, affine", ops)
	}
}
