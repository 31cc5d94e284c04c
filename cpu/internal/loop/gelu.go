package loop

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// geluLoop is a loop that is nothing but a GELU of bfloat16, or its gradient, perhaps with the sums
// of its columns. It runs from memory to memory in one pass: in transformers it is the loop over
// the largest tensors, and bursts of loads and stores between tiles cost half as much as the
// function.
type geluLoop struct {
	inputs  []int // slots
	out     int
	columns int // position of the store of the sums, or −1
}

// geluOf recognises such a loop.
func (m *machine[T]) geluOf() *geluLoop {
	if len(m.Code) != 1 || m.Code[0].Op != compute.OpTypeFusedGelu || len(m.Loads) != len(m.Code[0].Args) {
		return nil
	}
	g := &geluLoop{out: -1, columns: -1}
	for _, a := range m.Code[0].Args {
		if a >= len(m.Loads) {
			return nil
		}
		l := &m.loads[a]
		if m.Loads[a].DType != dtypes.BFloat16 || l.kind != full || !l.dense || l.view.Offset != 0 {
			return nil
		}
		g.inputs = append(g.inputs, l.slot)
	}
	for i, s := range m.Stores {
		switch {
		case s.Reg < len(m.Loads):
			return nil
		case s.Target == Elements && s.DType == dtypes.BFloat16 && g.out < 0:
			g.out = s.Slot
		case s.Target == Columns && s.Reduce == compute.OpTypeReduceSum && g.columns < 0 && len(g.inputs) == 2:
			g.columns = i
		default:
			return nil
		}
	}
	if g.out < 0 {
		return nil
	}
	return g
}

// runGelu computes the rows of a task.
func (m *machine[T]) runGelu(f *program.Frame, task int) {
	lo, hi := task*m.taskRows*m.Cols, min((task+1)*m.taskRows, m.Rows)*m.Cols
	view := func(slot int) []uint16 { return program.View[uint16](f, slot)[lo:hi] }
	dst, x := view(m.gelu.out), view(m.gelu.inputs[len(m.gelu.inputs)-1])
	if len(m.gelu.inputs) == 1 {
		vec.GELUBF16(dst, x)
		return
	}
	s := scratches32.get(1, m.Cols, 0)
	defer scratches32.put(s)
	sum := s.buffers[0]
	if m.gelu.columns >= 0 {
		store := &m.stores[m.gelu.columns]
		store.begin(f, task)
		sum = program.View[float32](f, store.partial)[task*m.Cols : (task+1)*m.Cols]
	}
	dy := view(m.gelu.inputs[0])
	for i := 0; i < len(x); i += m.Cols {
		vec.GELUGradBF16(dst[i:i+m.Cols], dy[i:i+m.Cols], x[i:i+m.Cols], sum)
	}
}
