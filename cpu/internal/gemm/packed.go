package gemm

// Packed is an operand B [K, N], or a batch of them, rearranged for use in any number of products.
type Packed[T Element] struct {
	k, n, batch int
	data        []T
}

func (p *Packed[T]) at(b, k, j int) float32 { return toFloat32(p.data[(b*p.k+k)*p.n+j]) }

// Pack rearranges B [k, n]; batch is the number of matrices, 0 counting as 1.
func Pack[T Element](b Operand[T], k, n, batch int) *Packed[T] {
	p := &Packed[T]{k: k, n: n, batch: max(batch, 1), data: make([]T, max(batch, 1)*k*n)}
	for m := range p.batch {
		for i := range k {
			for j := range n {
				p.data[(m*k+i)*n+j] = b.Data[b.offset(m)+i*b.RowStride+j*b.ColStride]
			}
		}
	}
	return p
}
