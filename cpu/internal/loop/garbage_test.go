package loop

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// A loop leaves nothing for the garbage collector, whatever it stores and in whichever type it
// computes.
func TestNoGarbage(t *testing.T) {
	const rows, cols = 300, 40
	for _, d := range []dtypes.DType{
		dtypes.Float32, dtypes.BFloat16, dtypes.Float16, dtypes.Float64, dtypes.Int32,
		dtypes.Uint8,
	} {
		class, _ := ClassOf(d)
		p := &program.Program{Pool: parallel.New(1)}
		l := &Loop{Rows: rows, Cols: cols, Code: []Instr{
			{Op: compute.OpTypeAdd, Args: []int{0, 0}, DType: d, Source: d},
			{Op: compute.OpTypeMul, Args: []int{1, 0}, DType: d, Source: d},
			{Op: compute.OpTypeReduceMax, Args: []int{2}, DType: d, Source: d},
			{Op: compute.OpTypeSub, Args: []int{2, 3}, DType: d, Source: d},
		}}
		l.Loads = []Load{{
			p.NewSlot(program.Slot{Kind: program.Input, Size: rows * cols * d.Size()}), d,
			view.Of([]int{rows, cols}),
		}}
		var outputs [][]byte
		for _, s := range []Store{
			{Reg: 4, Target: Elements},
			{Reg: 3, Target: PerRow},
			{Reg: 4, Target: Columns, Reduce: compute.OpTypeReduceSum},
			{Reg: 4, Target: Total, Reduce: compute.OpTypeReduceSum},
			{Reg: 2, Target: Total, Reduce: compute.OpTypeReduceMin},
		} {
			size := map[Target]int{Elements: rows * cols, PerRow: rows, Columns: cols, Total: 1}[s.Target] * d.Size()
			s.DType, s.Slot = d, p.NewSlot(program.Slot{Kind: program.Output, Size: size, Index: len(outputs)})
			l.Stores, outputs = append(l.Stores, s), append(outputs, make([]byte, size))
		}
		p.Kernels = Compile(p, "loop", class, l)
		p.Plan()
		inputs := [][]byte{make([]byte, rows*cols*d.Size())}
		if allocations := testing.AllocsPerRun(5, func() {
			if err := p.Run(inputs, outputs); err != nil {
				t.Fatal(err)
			}
		}); allocations > 0 {
			t.Errorf("%s: %g allocations a run, want none", d, allocations)
		}
	}
}
