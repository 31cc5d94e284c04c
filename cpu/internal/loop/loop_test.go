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

// oracle computes a loop of float64 element by element, from the definition.
type oracle struct {
	*Loop
	inputs [][]float64
	memo   map[[3]int]float64
}

// at is the value of a register for an element.
func (o *oracle) at(reg, r, c int) float64 {
	if reg >= len(o.Loads) && isReduction(o.Code[reg-len(o.Loads)].Op) {
		c = 0 // the same for the whole row
	}
	key := [3]int{reg, r, c}
	if v, ok := o.memo[key]; ok {
		return v
	}
	var v float64
	if reg < len(o.Loads) {
		v = o.inputs[reg][o.Loads[reg].View.At(r*o.Cols+c)]
	} else {
		v = o.instruction(o.Code[reg-len(o.Loads)], r, c)
	}
	o.memo[key] = v
	return v
}

func (o *oracle) instruction(in Instr, r, c int) float64 {
	a := func(i int) float64 { return o.at(in.Args[i], r, c) }
	switch in.Op {
	case compute.OpTypeAdd:
		return a(0) + a(1)
	case compute.OpTypeMul:
		return a(0) * a(1)
	case compute.OpTypeSub:
		return a(0) - a(1)
	case compute.OpTypeDiv:
		return a(0) / a(1)
	case compute.OpTypeNeg:
		return -a(0)
	case compute.OpTypeMax:
		return math.Max(a(0), a(1))
	case compute.OpTypeTanh:
		return math.Tanh(a(0))
	case compute.OpTypeWhere:
		if a(0) != 0 {
			return a(1)
		}
		return a(2)
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax:
		acc := o.at(in.Args[0], r, 0)
		for k := 1; k < o.Cols; k++ {
			if in.Op == compute.OpTypeReduceSum {
				acc += o.at(in.Args[0], r, k)
			} else {
				acc = math.Max(acc, o.at(in.Args[0], r, k))
			}
		}
		return acc
	}
	panic(in.Op)
}

// randomLoop draws loads of all kinds and a program over them, all of whose registers are stored in
// one way or another.
func randomLoop(t *rapid.T, p *program.Program) *Loop {
	l := &Loop{
		Rows: rapid.IntRange(0, 50).Draw(t, "rows"),
		Cols: rapid.SampledFrom([]int{1, 2, 7, 64, 300}).Draw(t, "cols"),
	}
	dense := view.Of([]int{l.Rows, l.Cols})
	views := []view.View{
		dense,
		view.Of([]int{l.Rows}).Broadcast([]int{l.Rows, l.Cols}, []int{0}),
		view.Of([]int{l.Cols}).Broadcast([]int{l.Rows, l.Cols}, []int{1}),
		view.Of(nil).Broadcast([]int{l.Rows, l.Cols}, nil),
		view.Of([]int{l.Cols, l.Rows}).Transpose([]int{1, 0}),
		dense.Reverse([]int{0}),
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "loads") {
		slot := p.NewSlot(program.Slot{Kind: program.Input, Size: l.Rows * l.Cols * 8, Index: i})
		l.Loads = append(l.Loads, Load{slot, dtypes.Float64, rapid.SampledFrom(views).Draw(t, "view")})
	}
	ops := map[compute.OpType]int{
		compute.OpTypeAdd: 2, compute.OpTypeMul: 2, compute.OpTypeSub: 2, compute.OpTypeMax: 2, compute.OpTypeTanh: 1,
		compute.OpTypeWhere:     3,
		compute.OpTypeReduceSum: 1, compute.OpTypeReduceMax: 1,
	}
	names := []compute.OpType{
		compute.OpTypeAdd, compute.OpTypeMul, compute.OpTypeSub, compute.OpTypeMax, compute.OpTypeTanh,
		compute.OpTypeWhere, compute.OpTypeReduceSum, compute.OpTypeReduceMax,
	}
	for range rapid.IntRange(1, 8).Draw(t, "instructions") {
		op := rapid.SampledFrom(names).Draw(t, "op")
		in := Instr{Op: op, DType: dtypes.Float64, Source: dtypes.Float64}
		for range ops[op] {
			in.Args = append(in.Args, rapid.IntRange(0, len(l.Loads)+len(l.Code)-1).Draw(t, "argument"))
		}
		l.Code = append(l.Code, in)
	}
	for range rapid.IntRange(1, 3).Draw(t, "stores") {
		s := Store{Reg: rapid.IntRange(0, len(l.Loads)+len(l.Code)-1).Draw(t, "register"), DType: dtypes.Float64}
		s.Target = rapid.SampledFrom([]Target{Elements, Columns, Total}).Draw(t, "target")
		size := map[Target]int{Elements: l.Rows * l.Cols, Columns: l.Cols, Total: 1}[s.Target]
		s.Reduce = compute.OpTypeReduceSum
		s.Slot = p.NewSlot(program.Slot{Kind: program.Output, Size: size * 8, Index: len(l.Stores)})
		l.Stores = append(l.Stores, s)
	}
	return l
}

func TestLoopEqualsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &program.Program{Pool: parallel.New(2)}
		defer p.Pool.Close()
		l := randomLoop(t, p)
		p.Kernels = Compile(p, "loop", F64, l)
		p.Plan()
		o := &oracle{Loop: l, memo: map[[3]int]float64{}}
		var inputs, outputs [][]byte
		for range l.Loads {
			x := make([]float64, l.Rows*l.Cols)
			for i := range x {
				x[i] = math.Sin(float64(i*7+len(inputs))) / 2
			}
			o.inputs, inputs = append(o.inputs, x), append(inputs, program.CastBytes(x))
		}
		for _, s := range l.Stores {
			outputs = append(outputs, make([]byte, p.Slots[s.Slot].Size))
		}
		if err := p.Run(inputs, outputs); err != nil {
			t.Fatal(err)
		}
		for i, s := range l.Stores {
			compare(t, o, s, program.Cast[float64](outputs[i]))
		}
	})
}

// compare checks a store against the oracle.
func compare(t *rapid.T, o *oracle, s Store, got []float64) {
	want := make([]float64, len(got))
	for r := range o.Rows {
		for c := range o.Cols {
			v := o.at(s.Reg, r, c)
			switch s.Target {
			case Elements:
				want[r*o.Cols+c] = v
			case Columns:
				want[c] += v
			case Total:
				want[0] += v
			}
		}
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-9*(1+math.Abs(want[i])) {
			t.Fatalf("element %d is %g, want %g", i, got[i], want[i])
		}
	}
}
