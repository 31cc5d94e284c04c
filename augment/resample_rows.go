package augment

// rowsFirst tells whether Pillow, from version 13 on, resizes the rows before the columns: where
// the height shrinks by more than twice what the width does. Before that it always began with the
// columns; the order moves single samples by a grey level, in images that are more than twice as
// high as they are wide.
func rowsFirst(src *Image, width, height int) bool {
	shrinks := src.Height - height
	return shrinks > 0 && width != src.Width && shrinks > 2*(src.Width-width)
}

// resampleRowsFirst is resample of a whole image, both of whose sides change, in the other order.
func (s *Scratch) resampleRowsFirst(src *Image, width, height int, window Box, f Interpolation) *Image {
	s.rows.prepare(src.Height, height, window.Top, window.Height, f)
	s.columns.prepare(src.Width, width, window.Left, window.Width, f)
	from, to := s.columns.span()
	stride := channels * (to - from)
	s.between = grow(s.between, window.Height*stride)
	in := plane{pix: src.Pix, stride: channels * src.Width}
	between := plane{pix: s.between, stride: stride}
	for i, first := range s.rows.first {
		weightedRows(between.row(i, stride), in.from(first, from), s.rows.weights(i))
	}
	for i := range s.columns.first {
		s.columns.first[i] -= from
	}
	dst := s.other(src, window.Width, window.Height)
	out := plane{pix: dst.Pix, stride: channels * dst.Width}
	for y := 0; y < window.Height; y += rowsAtOnce {
		rows := min(rowsAtOnce, window.Height)
		top := min(y, window.Height-rows)
		weightedColumns(out.from(top, 0), between.from(top, 0), rows, &s.columns)
	}
	return dst
}
