package lower

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// wideType is the data type of T in memory.
func wideType[T loop.Number]() dtypes.DType { return dtypes.FromGenericsType[T]() }

// widen returns a slot with the elements of v as numbers of T, in row-major order: rare operations
// are written once for each class of data types instead of once for each data type.
func widen[T loop.Number](l *lowering, v *graph.Value) int {
	if v.Shape.DType == wideType[T]() {
		return l.dense(v)
	}
	slot := l.scratch(v.Shape.Size() * wideType[T]().Size())
	l.convert(l.dense(v), v.Shape.DType, slot, wideType[T](), v.Shape.Size())
	return slot
}

// narrow makes v of the numbers in a slot that fill writes.
func narrow[T loop.Number](l *lowering, v *graph.Value, fill func(slot int)) {
	if v.Shape.DType == wideType[T]() {
		fill(l.out(v))
		return
	}
	slot := l.scratch(v.Shape.Size() * wideType[T]().Size())
	fill(slot)
	l.convert(slot, wideType[T](), l.out(v), v.Shape.DType, v.Shape.Size())
}

// convert emits a conversion of n elements.
func (l *lowering) convert(from int, fromType dtypes.DType, to int, toType dtypes.DType, n int) {
	if n == 0 {
		return
	}
	class, _ := convertClass(fromType, toType)
	lp := loop.Loop{
		Rows: n, Cols: 1,
		Loads:  []loop.Load{{Slot: from, DType: fromType, View: view.Of([]int{n})}},
		Stores: []loop.Store{{Reg: 0, Slot: to, DType: toType}},
	}
	l.p.Kernels = append(l.p.Kernels, loop.Compile(l.p, "convert", class, &lp)...)
}

// simple emits a kernel of so many tasks.
func (l *lowering) simple(name string, tasks int, reads []int, writes []int, run func(f *program.Frame, task int)) {
	l.emit(program.Kernel{Name: name, Tasks: tasks, Reads: reads, Writes: writes, Run: run})
}

// byClass runs the version of an operation that belongs to the class of a data type.
func byClass(l *lowering, n *graph.Node, d dtypes.DType, f32, f64, i64,
	u64 func(l *lowering, n *graph.Node) error,
) error {
	class, ok := loop.ClassOf(d)
	if !ok {
		return fmt.Errorf("is not implemented for %s", d)
	}
	switch class {
	case loop.F64:
		return f64(l, n)
	case loop.I64:
		return i64(l, n)
	case loop.U64:
		return u64(l, n)
	}
	return f32(l, n)
}
