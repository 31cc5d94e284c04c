package gemm

import "math/rand/v2"

// plainProduct is a product of contiguous matrices; letters say which operand is transposed.
func plainProduct[T Element](m, n, k, batch int, layout string, data func(*rand.Rand, int) []T) *Product[T] {
	random := rand.New(rand.NewPCG(1, 2))
	operand := func(rows, cols int, transposed bool) Operand[T] {
		o := Operand[T]{Data: data(random, rows*cols*batch), RowStride: cols, ColStride: 1}
		if transposed {
			o.RowStride, o.ColStride = 1, rows
		}
		for i := range batch {
			o.Offsets = append(o.Offsets, i*rows*cols)
		}
		return o
	}
	p := &Product[T]{
		M: m, N: n, K: k, Batch: batch, A: operand(m, k, layout[0] == 't'),
		B: operand(k, n, layout[1] == 't'),
	}
	p.C = View{F32: make([]float32, m*n*batch), RowStride: n}
	for i := range batch {
		p.C.Offsets = append(p.C.Offsets, i*m*n)
	}
	return p
}
