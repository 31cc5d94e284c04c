package loop

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// storer writes a register to memory after each tile, or keeps a running reduction of it.
type storer[T Number] struct {
	Store
	write   writer[T]
	extent  kind // what is stored
	direct  bool // the register is the memory: nothing is left to do
	partial int  // slot of the tasks' partial results, for reductions over rows
	width   int  // of a partial result
	fold    func(acc, x []T)
	join    func(a, b T) T // fold of one element
	reduce  func(x []T) T
	initial T
}

// writer converts and stores elements from element `at` of memory on.
type writer[T Number] func(memory []byte, at int, src []T)

// addStore prepares store i and returns the kernels that must run behind the loop for it.
func (m *machine[T]) addStore(p *program.Program, k *program.Kernel, i int) []program.Kernel {
	s := storer[T]{Store: m.Stores[i], write: writerOf[T](m.Stores[i].DType), extent: full}
	defer func() { m.stores = append(m.stores, s) }()
	if s.Target == PerRow {
		s.extent = row
	}
	if s.Target == Elements || s.Target == PerRow {
		s.direct = s.Target == Elements && s.Reg >= len(m.Loads) && m.regs[s.Reg].kind == full && holds[T](s.DType) &&
			!m.isDirect(s.Reg)
		k.Writes = append(k.Writes, s.Slot)
		return nil
	}
	s.width = 1
	if s.Target == Columns {
		s.width = m.Cols
	}
	s.initial = initialOf[T](s.Reduce, s.DType)
	s.fold, s.join, s.reduce = foldOf[T](s.Reduce), combinerOf[T](s.Reduce), reduceOf[T](s.Reduce)
	// Where there is no task, the neutral element.
	s.partial = p.NewSlot(program.Slot{Kind: program.Temporary, Size: max(m.tasks(), 1) * s.width * 8})
	k.Writes = append(k.Writes, s.partial)
	return []program.Kernel{{
		Name: k.Name + " combine", Tasks: 1, Reads: []int{s.partial}, Writes: []int{s.Slot},
		Run: func(f *program.Frame, _ int) { m.combine(f, &s) },
	}}
}

func (m *machine[T]) isDirect(reg int) bool {
	for _, s := range m.stores {
		if s.direct && s.Reg == reg {
			return true
		}
	}
	return false
}

// combine folds the partial results of all tasks, in order, into the first one, and stores it.
func (m *machine[T]) combine(f *program.Frame, s *storer[T]) {
	partial := program.View[T](f, s.partial)
	acc := partial[:s.width]
	for t := 1; t < m.tasks(); t++ {
		s.fold(acc, partial[t*s.width:(t+1)*s.width])
	}
	if m.tasks() == 0 {
		fill(acc, s.initial)
	}
	s.write(f.Bytes(s.Slot), 0, acc)
}

// finish handles a register at the end of a tile of rows [first, first+rows).
func (m *machine[T]) finish(f *program.Frame, sc *scratch[T], s *storer[T], task, first, rows int) {
	switch s.Target {
	case Elements, PerRow:
		if s.direct {
			return
		}
		x := m.spread(sc, s.Reg, s.extent, rows, 0)
		at := first
		if s.Target == Elements {
			at *= m.Cols
		}
		s.write(f.Bytes(s.Slot), at, x)
	case Columns:
		acc := program.View[T](f, s.partial)[task*s.width : (task+1)*s.width]
		x := m.spread(sc, s.Reg, full, rows, 0)
		for r := range rows {
			s.fold(acc, x[r*m.Cols:(r+1)*m.Cols])
		}
	case Total:
		acc := &program.View[T](f, s.partial)[task]
		*acc = s.join(*acc, s.reduce(m.spread(sc, s.Reg, full, rows, 0)))
	}
}

// begin clears the task's partial result.
func (s *storer[T]) begin(f *program.Frame, task int) {
	if s.fold != nil {
		fill(program.View[T](f, s.partial)[task*s.width:(task+1)*s.width], s.initial)
	}
}

func fill[T Number](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

// initialOf is the neutral element of a reduction in a data type.
func initialOf[T Number](op compute.OpType, d dtypes.DType) T {
	switch op {
	case compute.OpTypeReduceProduct, compute.OpTypeReduceLogicalAnd:
		return 1
	case compute.OpTypeReduceMax:
		return lowest[T](d)
	case compute.OpTypeReduceMin:
		return highest[T](d)
	case compute.OpTypeReduceBitwiseAnd:
		return allOnes[T]()
	}
	return 0
}

func writerOf[T Number](d dtypes.DType) writer[T] {
	switch d {
	case dtypes.Float32:
		return writeNumbers[float32, T]
	case dtypes.Float64:
		return writeNumbers[float64, T]
	case dtypes.Int8:
		return integerWriter[int8, T]()
	case dtypes.Int16:
		return integerWriter[int16, T]()
	case dtypes.Int32:
		return integerWriter[int32, T]()
	case dtypes.Int64:
		return integerWriter[int64, T]()
	case dtypes.Uint8, dtypes.Bool:
		return integerWriter[uint8, T]()
	case dtypes.Uint16:
		return integerWriter[uint16, T]()
	case dtypes.Uint32:
		return integerWriter[uint32, T]()
	case dtypes.Uint64:
		return integerWriter[uint64, T]()
	case dtypes.BFloat16:
		if f, ok := any(writer[float32](writeBFloat16Vector)).(writer[T]); ok {
			return f
		}
		return writeBFloat16[T]
	case dtypes.Float16:
		return writeFloat16[T]
	}
	panic("loop: cannot store " + d.String())
}

func writeNumbers[S, T real](memory []byte, at int, src []T) {
	dst := program.Cast[S](memory)[at : at+len(src)]
	for i, x := range src {
		dst[i] = S(x)
	}
}

// integerWriter stores integers of any class as integers, and floats without their fractions.
func integerWriter[S integer, T Number]() writer[T] {
	if fraction := T(1) / 2; fraction == 0 {
		return writeNumbers[S, T]
	}
	return func(memory []byte, at int, src []T) {
		dst := program.Cast[S](memory)[at : at+len(src)]
		for i, x := range src {
			dst[i] = whole[S](float64(x))
		}
	}
}

// writeBFloat16Vector is writeBFloat16 for float32, in vectors.
func writeBFloat16Vector(memory []byte, at int, src []float32) {
	vec.ToBF16(program.Cast[uint16](memory)[at:at+len(src)], src)
}

func writeBFloat16[T Number](memory []byte, at int, src []T) {
	dst := program.Cast[uint16](memory)[at : at+len(src)]
	for i, x := range src {
		dst[i] = vec.BF16(odd(float64(x)))
	}
}

func writeFloat16[T Number](memory []byte, at int, src []T) {
	dst := program.Cast[uint16](memory)[at : at+len(src)]
	for i, x := range src {
		dst[i] = vec.F16(odd(float64(x)))
	}
}

// Neutral is the kernel that fills a slot with n neutral elements of a reduction, the results of
// reducing no elements.
func Neutral(op compute.OpType, d dtypes.DType, slot, n int) program.Kernel {
	k := program.Kernel{Name: op.String() + " of no elements", Tasks: 1, Writes: []int{slot}}
	switch class, _ := ClassOf(d); class {
	case F64:
		k.Run = neutral[float64](op, d, slot, n)
	case I64:
		k.Run = neutral[int64](op, d, slot, n)
	case U64:
		k.Run = neutral[uint64](op, d, slot, n)
	default:
		k.Run = neutral[float32](op, d, slot, n)
	}
	return k
}

func neutral[T Number](op compute.OpType, d dtypes.DType, slot, n int) func(f *program.Frame, _ int) {
	write, v := writerOf[T](d), []T{initialOf[T](op, d)}
	return func(f *program.Frame, _ int) {
		for i := range n {
			write(f.Bytes(slot), i, v)
		}
	}
}
