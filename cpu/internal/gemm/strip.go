package gemm

// depthBlock is how many units of the depth are summed in registers before the sums go to C: what
// fits in the caches next to the core. It fixes the order of summation.
const depthBlock = 384

// depthAt is the number of units that are summed at once from unit d on. An odd element at the end
// of the depth is a block of its own, so that A need not be packed for it.
func (c *call[T]) depthAt(d int) int {
	whole := c.p.K / c.e.pair
	if d < whole {
		return min(depthBlock, whole-d)
	}
	return c.units - d
}

// strip is some adjacent panels of a matrix B over the whole depth, packed: block by block of the
// depth, panel by panel, it has for each unit of the depth the columns of the panel.
type strip struct {
	first, end   int // panels
	vector, vecs int // at which the first panel begins, and how many there are
	data         []float32
}

// at is the index in data of a panel at the block of the depth that begins at unit d and has
// `depth` units.
func (s *strip) at(cols *columns, d, depth, panel int) int {
	return (d*s.vecs + depth*(cols.start(panel)-s.vector)) * cols.lanes
}

// openStrip makes s the strip of matrix b that has panels [first, end). Its memory is that of the
// operand packed before, if there is one, or is taken from the buffer; it has none if B is used
// where it lies.
func (c *call[T]) openStrip(s *strip, b, first, end int, buffer *[]float32) {
	s.first, s.end = first, min(end, c.cols.panels)
	s.vector = c.cols.start(first)
	s.vecs = c.cols.start(s.end) - s.vector
	switch {
	case c.b == packedHere:
		s.data = grow(buffer, c.units*s.vecs*c.cols.lanes)
	case c.b == packedBefore:
		s.data = c.p.Packed.data
		if c.p.Packed.batch > 1 {
			s.data = s.data[b*c.p.Packed.matrix:]
		}
	}
}

// packUnits is how many units of the depth are packed for all panels of a strip before the next
// ones, if the columns of B are adjacent: whole rows are read then, as they lie in memory.
const packUnits = 96

// packStrip fills in a strip of matrix b.
func (c *call[T]) packStrip(ws *workspace, s *strip, b int) {
	for part := range c.packParts(s, 1) {
		c.packPart(ws, s, b, part, 1)
	}
}

// packParts is the number of parts in which a strip is packed: of the depth if columns are
// adjacent, and of `panels` panels otherwise.
func (c *call[T]) packParts(s *strip, panels int) int {
	if c.p.B.ColStride == 1 {
		return (c.units + packUnits - 1) / packUnits
	}
	return (s.end - s.first + panels - 1) / panels
}

// packPart packs one part of a strip.
func (c *call[T]) packPart(ws *workspace, s *strip, b, part, panels int) {
	if c.p.B.ColStride != 1 {
		first := s.first + part*panels
		for panel := first; panel < min(first+panels, s.end); panel++ {
			c.packPanel(ws, s, b, panel, 0, c.units)
		}
		return
	}
	for panel := s.first; panel < s.end; panel++ {
		c.packPanel(ws, s, b, panel, part*packUnits, min((part+1)*packUnits, c.units))
	}
}

// packPanel fills in units [from, end) of one panel of a strip of matrix b.
func (c *call[T]) packPanel(ws *workspace, s *strip, b, panel, from, end int) {
	o := &c.p.B
	width := c.cols.vectors(panel) * c.cols.lanes
	column := c.cols.start(panel) * c.cols.lanes
	for d := from; d < end; {
		block := c.blockOf(d)
		depth := c.depthAt(block)
		n := min(block+depth, end) - d
		at := s.at(&c.cols, block, depth, panel) + (d-block)*width
		c.e.pack(ws, s.data[at:at+n*width], width, source[T]{
			data: o.Data, at: o.offset(b) + d*c.e.pair*o.RowStride + column*o.ColStride,
			lineStride: o.ColStride, depthStride: o.RowStride,
			lines: min(width, c.p.N-column), depth: min(n*c.e.pair, c.p.K-d*c.e.pair),
		})
		d += n
	}
}

// blockOf is the unit at which the block of the depth begins that unit d belongs to.
func (c *call[T]) blockOf(d int) int {
	if whole := c.p.K / c.e.pair; d >= whole {
		return whole
	}
	return d / depthBlock * depthBlock
}
