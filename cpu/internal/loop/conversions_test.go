package loop

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// TestRedundantConversionsAreRemoved counts the conversions that remain. Those to a type to which
// all stores convert are done by the stores.
func TestRedundantConversionsAreRemoved(t *testing.T) {
	const bf16, f16, f32 = dtypes.BFloat16, dtypes.Float16, dtypes.Float32
	space := []int{3, 5}
	convert := func(from, to dtypes.DType, arg int) Instr {
		return Instr{Op: compute.OpTypeConvertDType, Args: []int{arg}, DType: to, Source: from}
	}
	store := func(reg int, d dtypes.DType) Store { return Store{Reg: reg, DType: d} }
	for _, c := range []struct {
		name   string
		code   []Instr
		stores []Store
		want   int
	}{
		{"stored", []Instr{convert(f32, bf16, 0)}, []Store{store(1, bf16)}, 0},
		{"stored twice alike", []Instr{convert(f32, bf16, 0)}, []Store{store(1, bf16), store(1, bf16)}, 0},
		{"stored as another type, too", []Instr{convert(f32, bf16, 0)}, []Store{store(1, bf16), store(1, f16)}, 1},
		{
			"stored and used",
			[]Instr{
				convert(f32, bf16, 0),
				{Op: compute.OpTypeNeg, Args: []int{1}, DType: bf16, Source: bf16},
			},
			[]Store{store(1, bf16), store(2, f32)},
			2,
		},
		{
			"stored and summed",
			[]Instr{convert(f32, bf16, 0)},
			[]Store{store(1, bf16), {Reg: 1, DType: bf16, Target: Columns, Reduce: compute.OpTypeReduceSum}},
			1,
		},
		{
			"rounded twice",
			[]Instr{convert(f32, bf16, 0), convert(bf16, f32, 1), convert(f32, bf16, 2)},
			[]Store{store(3, f32)},
			1,
		},
		{"to a longer type", []Instr{convert(bf16, f32, 0)}, []Store{store(1, f32)}, 0},
	} {
		l := &Loop{
			Rows: 3, Cols: 5, Loads: []Load{{DType: c.code[0].Source, View: view.Of(space)}}, Code: c.code,
			Stores: c.stores,
		}
		if left := len(contract(l).Code); left != c.want {
			t.Errorf("%s: %d instructions are left, want %d", c.name, left, c.want)
		}
	}
}

// TestGeluOfBFloat16IsOnePass checks that loops of GELU and its gradient from bfloat16 to bfloat16
// run from memory to memory, and no other loops.
func TestGeluOfBFloat16IsOnePass(t *testing.T) {
	const bf16, f32 = dtypes.BFloat16, dtypes.Float32
	space := []int{3, 5}
	dense, cut := view.Of(space), view.Of([]int{4, 5}).Slice([]int{1, 0}, []int{4, 5}, nil)
	load := func(d dtypes.DType, v view.View) Load { return Load{DType: d, View: v} }
	elements, sums := Store{Reg: -1, DType: bf16},
		Store{Reg: -1, DType: f32, Target: Columns, Reduce: compute.OpTypeReduceSum}
	for _, c := range []struct {
		name   string
		loads  []Load
		stores []Store
		want   bool
	}{
		{"gelu", []Load{load(bf16, dense)}, []Store{elements}, true},
		{"gradient", []Load{load(bf16, dense), load(bf16, dense)}, []Store{elements}, true},
		{"gradient and sums", []Load{load(bf16, dense), load(bf16, dense)}, []Store{elements, sums}, true},
		{"gradient and sums before it", []Load{load(bf16, dense), load(bf16, dense)}, []Store{sums, elements}, true},
		{"sums alone", []Load{load(bf16, dense), load(bf16, dense)}, []Store{sums}, false},
		{"gelu and sums", []Load{load(bf16, dense)}, []Store{elements, sums}, false},
		{"two results", []Load{load(bf16, dense)}, []Store{elements, elements}, false},
		{"of float32", []Load{load(f32, dense)}, []Store{elements}, false},
		{"to float32", []Load{load(bf16, dense)}, []Store{{Reg: -1, DType: f32}}, false},
		{"not from the beginning", []Load{load(bf16, cut)}, []Store{elements}, false},
		{"transposed", []Load{load(bf16, view.Of([]int{5, 3}).Transpose([]int{1, 0}))}, []Store{elements}, false},
		{"its operand as well", []Load{load(bf16, dense)}, []Store{elements, {Reg: 0, DType: bf16}}, false},
	} {
		p := &program.Program{}
		l := &Loop{
			Rows: 3, Cols: 5, Loads: c.loads,
			Code: []Instr{{Op: compute.OpTypeFusedGelu, DType: f32, Source: f32}},
		}
		for i := range l.Loads {
			l.Loads[i].Slot = p.NewSlot(program.Slot{Kind: program.Input, Size: 80, Index: i})
			l.Code[0].Args = append(l.Code[0].Args, i)
		}
		for i, s := range c.stores {
			if s.Reg < 0 {
				s.Reg = len(l.Loads)
			}
			s.Slot = p.NewSlot(program.Slot{Kind: program.Output, Size: 80, Index: i})
			l.Stores = append(l.Stores, s)
		}
		m := &machine[float32]{Loop: l}
		m.blockRows = 1
		m.allocate()
		m.partition()
		kernels := []program.Kernel{{}}
		for i := range l.Stores {
			m.addStore(p, &kernels[0], i)
		}
		g := m.geluOf()
		if (g != nil) != c.want {
			t.Errorf("%s: one pass: %v, want %v", c.name, g != nil, c.want)
		}
		for _, s := range l.Stores {
			if g != nil && s.Target == Elements && g.out != s.Slot {
				t.Errorf("%s: writes slot %d, want %d", c.name, g.out, s.Slot)
			}
		}
	}
}
