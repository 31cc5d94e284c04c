package gemm

// Packed is an operand B [K, N], or a batch of them, rearranged for use in any number of products.
type Packed[T Element] struct {
	engine      *engine[T]
	k, n, batch int
	matrix      int // elements of data for each matrix
	data        []float32
	buffer      []float32  // the memory of data
	of          Product[T] // of which B is an operand
}

// Pack rearranges B [k, n]; batch is the number of matrices, 0 counting as 1.
func Pack[T Element](b Operand[T], k, n, batch int) *Packed[T] {
	return packFor(engineOf[T](), b, k, n, batch)
}

func packFor[T Element](e *engine[T], b Operand[T], k, n, batch int) *Packed[T] {
	p := &Packed[T]{engine: e}
	p.Refill(b, k, n, batch)
	return p
}

// Refill makes p hold another operand, in the memory that it has if that is enough. The zero Packed may be filled too.
func (p *Packed[T]) Refill(b Operand[T], k, n, batch int) {
	if p.engine == nil {
		p.engine = engineOf[T]()
	}
	p.k, p.n, p.batch = k, n, max(batch, 1)
	if k == 0 || n == 0 {
		return
	}
	p.of = Product[T]{N: n, K: k, Batch: batch, B: b}
	calls := callsOf[T]()
	c := calls.get()
	c.begin(&p.of, p.engine)
	p.matrix = c.units * c.cols.vecs * p.engine.lanes
	p.data = grow(&p.buffer, p.batch*p.matrix)
	ws := acquire()
	for m := range p.batch {
		s := &ws.strip
		*s = strip{end: c.cols.panels, vecs: c.cols.vecs, data: p.data[m*p.matrix : (m+1)*p.matrix]}
		c.packStrip(ws, s, m)
	}
	ws.release()
	c.end()
	calls.put(c)
	p.of = Product[T]{}
}

// engineOf is the engine in use for elements of type T.
func engineOf[T Element]() *engine[T] {
	if e, ok := any(engineF32).(*engine[T]); ok {
		return e
	}
	return any(engineBF16).(*engine[T])
}

// callsOf are the spare calls for elements of type T.
func callsOf[T Element]() *spare[call[T]] {
	if c, ok := any(&callsF32).(*spare[call[T]]); ok {
		return c
	}
	return any(&callsBF16).(*spare[call[T]])
}
