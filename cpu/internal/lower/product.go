package lower

import (
	"github.com/dino-go/dino/cpu/internal/gemm"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/spare"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// product is a matrix product as a kernel. The descriptions that gemm takes are used again, one for
// each execution at a time.
type product[T gemm.Element] struct {
	pool   *parallel.Pool
	run    func(*parallel.Pool, *gemm.Product[T])
	a, b   matrices
	bias   int // slot of a vector that is added to every row, or noSlot
	packed int // slot of b packed for several products, or noSlot
	out    int
	narrow bool // the result is bfloat16
	how    gemm.Epilogue

	idle spare.Stack[description[T]]
}

const noSlot = -1

// description is what gemm takes.
type description[T gemm.Element] struct {
	gemm.Product[T]
	packed gemm.Packed[T]
}

func (m *product[T]) execute(f *program.Frame) {
	g := m.idle.Get()
	g.A.Data = program.View[T](f, m.a.slot)[m.a.at:]
	if m.packed == noSlot {
		g.B.Data = program.View[T](f, m.b.slot)[m.b.at:]
	} else {
		g.packed = gemm.PackedIn[T](program.View[float32](f, m.packed), m.b.rows, m.b.cols)
		g.Packed = &g.packed
	}
	if m.narrow {
		g.C.BF16 = program.View[uint16](f, m.out)
	} else {
		g.C.F32 = program.View[float32](f, m.out)
	}
	if m.bias != noSlot {
		g.Epilogue.Bias = program.View[float32](f, m.bias)
	}
	m.run(m.pool, &g.Product)
	m.give(g)
}

func (m *product[T]) give(g *description[T]) {
	g.A.Data, g.B.Data, g.C.F32, g.C.BF16, g.Epilogue.Bias = nil, nil, nil, nil, nil
	g.packed = gemm.Packed[T]{}
	m.idle.Put(g)
}

// describe fills in what does not change from run to run.
func (m *product[T]) describe() *description[T] {
	batch := len(m.a.offsets)
	g := &description[T]{}
	g.Product = gemm.Product[T]{
		M: m.a.rows, N: m.b.cols, K: m.a.cols, Batch: batch,
		A: gemm.Operand[T]{RowStride: m.a.rowStride, ColStride: m.a.colStride, Offsets: m.a.offsets},
		B: gemm.Operand[T]{RowStride: m.b.rowStride, ColStride: m.b.colStride, Offsets: m.b.offsets},
		C: gemm.View{RowStride: m.b.cols}, Epilogue: m.how,
	}
	for i := range batch {
		g.C.Offsets = append(g.C.Offsets, i*m.a.rows*m.b.cols)
	}
	if batch == 1 {
		g.A.Offsets, g.B.Offsets, g.C.Offsets = nil, nil, nil
	}
	return g
}

// rounding rounds the sums of a product to bfloat16 where it is asked for and the result is
// float32.
func rounding(asked bool) (e gemm.Epilogue) {
	if asked {
		e.Then = roundTile
	}
	return e
}

func roundTile(t gemm.Tile) {
	for r := range t.Rows {
		row := t.Data[r*t.Stride : r*t.Stride+t.Cols]
		vec.RoundBF16(row, row)
	}
}
