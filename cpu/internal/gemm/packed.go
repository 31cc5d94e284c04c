package gemm

// depthBlock is how many units of the depth are summed in registers before the sums go to C: what fits in the cache nearest to the core. It
// fixes the order of summation.
const depthBlock = 384

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
	cols := cut(n, e.lanes, e.vecs)
	p.matrix = e.units(k) * cols.vecs * e.lanes
	p.data = aligned(p.batch * p.matrix)
	ws := acquire()
	defer ws.release()
	for m := range p.batch {
		s := strip[T]{cols: &cols, end: cols.panels, units: e.units(k), data: p.data[m*p.matrix : (m+1)*p.matrix]}
		for panel := range cols.panels {
			s.pack(e, ws, &b, b.offset(m), k, panel)
		}
	}
	return p
}

// strip is packed columns of one matrix B: some adjacent panels over the whole depth. Block by block of the depth, panel by panel, it has for each
// unit of the depth the columns of the panel.
type strip[T Element] struct {
	cols       *columns
	first, end int // panels
	units      int
	data       []float32
}

// at is the index in data of a panel at the block of the depth that begins at unit d and has `depth` units.
func (s *strip[T]) at(d, depth, panel int) int {
	first := s.cols.start(s.first)
	return (d*(s.cols.start(s.end)-first) + depth*(s.cols.start(panel)-first)) * s.cols.lanes
}

// pack fills in one panel from the matrix B [k, n] that begins at `offset`.
func (s *strip[T]) pack(e *engine[T], ws *workspace, b *Operand[T], offset, k, panel int) {
	width := s.cols.vectors(panel) * s.cols.lanes
	column := s.cols.start(panel) * s.cols.lanes
	for d := 0; d < s.units; d += depthBlock {
		depth := min(depthBlock, s.units-d)
		at := s.at(d, depth, panel)
		e.pack(ws, s.data[at:at+depth*width], width, source[T]{
			data: b.Data, at: offset + d*e.pair*b.RowStride + column*b.ColStride,
			lineStride: b.ColStride, depthStride: b.RowStride,
			lines: min(width, s.cols.n-column), depth: min(depth*e.pair, k-d*e.pair),
		})
	}
}

// engineOf is the engine in use for elements of type T.
func engineOf[T Element]() *engine[T] {
	if e, ok := any(engineF32).(*engine[T]); ok {
		return e
	}
	return any(engineBF16).(*engine[T])
}
