package gemm

// depthBlock is how many units of the depth are summed in registers before the sums go to C: what fits in the caches next to the core. It
// fixes the order of summation.
const depthBlock = 384

// depthAt is the number of units that are summed at once from unit d on. An odd element at the end of the depth is a block of its own, so that
// A need not be packed for it.
func (c *call[T]) depthAt(d int) int {
	whole := c.p.K / c.e.pair
	if d < whole {
		return min(depthBlock, whole-d)
	}
	return c.units - d
}

// strip is some adjacent panels of a matrix B over the whole depth, packed: block by block of the depth, panel by panel, it has for each
// unit of the depth the columns of the panel.
type strip struct {
	first, end   int // panels
	vector, vecs int // at which the first panel begins, and how many there are
	data         []float32
}

// at is the index in data of a panel at the block of the depth that begins at unit d and has `depth` units.
func (s *strip) at(cols *columns, d, depth, panel int) int {
	return (d*s.vecs + depth*(cols.start(panel)-s.vector)) * cols.lanes
}

// openStrip makes s the strip of matrix b that begins at panel `first`. Its memory is that of the operand packed before, if there is
// one, or is taken from the buffer; it has none if B is used where it lies.
func (c *call[T]) openStrip(s *strip, b, first int, buffer *[]float32) {
	s.first, s.end = first, min(first+c.stripPanels, c.cols.panels)
	s.vector = c.cols.start(first)
	s.vecs = c.cols.start(s.end) - s.vector
	switch {
	case c.packs:
		s.data = grow(buffer, c.units*s.vecs*c.cols.lanes)
	case c.p.Packed != nil && c.units > 0:
		s.data = c.p.Packed.data
		if c.p.Packed.batch > 1 {
			s.data = s.data[b*c.p.Packed.matrix:]
		}
	}
}

// packPanel fills in one panel of a strip of matrix b.
func (c *call[T]) packPanel(ws *workspace, s *strip, b, panel int) {
	o := &c.p.B
	width := c.cols.vectors(panel) * c.cols.lanes
	column := c.cols.start(panel) * c.cols.lanes
	for d := 0; d < c.units; {
		depth := c.depthAt(d)
		at := s.at(&c.cols, d, depth, panel)
		c.e.pack(ws, s.data[at:at+depth*width], width, source[T]{
			data: o.Data, at: o.offset(b) + d*c.e.pair*o.RowStride + column*o.ColStride,
			lineStride: o.ColStride, depthStride: o.RowStride,
			lines: min(width, c.p.N-column), depth: min(depth*c.e.pair, c.p.K-d*c.e.pair),
		})
		d += depth
	}
}
