package gemm

// Packed is an operand B [K, N], or a batch of them, rearranged for use in any number of products.
type Packed[T Element] struct {
	engine      *engine[T]
	k, n, batch int
	matrix      int // elements of data for each matrix
	data        []float32
}

// Pack rearranges B [k, n]; batch is the number of matrices, 0 counting as 1.
func Pack[T Element](b Operand[T], k, n, batch int) *Packed[T] {
	return packFor(engineOf[T](), b, k, n, batch)
}

func packFor[T Element](e *engine[T], b Operand[T], k, n, batch int) *Packed[T] {
	p := &Packed[T]{engine: e, k: k, n: n, batch: max(batch, 1)}
	if k == 0 || n == 0 {
		return p
	}
	var c call[T]
	c.begin(&Product[T]{N: n, K: k, Batch: batch, B: b}, e)
	p.matrix = c.units * c.cols.vecs * e.lanes
	p.data = aligned(p.batch * p.matrix)
	ws := acquire()
	defer ws.release()
	for m := range p.batch {
		s := strip{end: c.cols.panels, vecs: c.cols.vecs, data: p.data[m*p.matrix : (m+1)*p.matrix]}
		for panel := range c.cols.panels {
			c.packPanel(ws, &s, m, panel)
		}
	}
	return p
}

// engineOf is the engine in use for elements of type T.
func engineOf[T Element]() *engine[T] {
	if e, ok := any(engineF32).(*engine[T]); ok {
		return e
	}
	return any(engineBF16).(*engine[T])
}
