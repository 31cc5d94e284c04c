package gemm

import "unsafe"

// rows is A for one block of the result and of the depth.
type rows struct {
	base       unsafe.Pointer
	row, depth int // strides in bytes, from row to row and from unit to unit
	tile       int // bytes from tile to tile for each row of a tile
}

// packsRows tells whether all of A is packed before the product of a matrix: if its rows cannot be
// used where they lie, and several blocks of columns read them.
func (c *call[T]) packsRows() bool {
	return c.units > 0 && c.p.A.ColStride != 1 && c.cols.panels > blockPanels && c.roundedRows()*c.units <= stripSize
}

// roundedRows is the number of rows of A in whole tiles.
func (c *call[T]) roundedRows() int {
	rows := c.inBands(1)
	return rows.count() * c.e.rows
}

// packRows is a task: it packs the rows of a block, for all of the depth. Block by block of the
// depth and tile by tile, c.rows has for each unit of the depth the rows of the tile.
func (c *call[T]) packRows(task int) {
	ws := acquire()
	defer ws.release()
	rows := c.bands.at(task)
	for d := 0; d < c.units; d += c.depthAt(d) {
		c.packTiles(ws, c.rows[c.rowsAt(d, rows):], c.batch, rows, d, c.e.rows)
	}
}

// rowsAt is the index in c.rows of the first tile of a band, at unit d of the depth.
func (c *call[T]) rowsAt(d int, b band) int { return d*c.roundedRows() + b.row*c.depthAt(d) }

// packTiles packs a band of A in tiles of `each` rows, the last with zeros after them, for the
// block of the depth that begins at unit d.
func (c *call[T]) packTiles(ws *workspace, dst []float32, batch int, b band, d, each int) {
	a, first, units := &c.p.A, d*c.e.pair, c.depthAt(d)
	s := source[T]{
		data: a.Data, at: a.offset(batch) + b.row*a.RowStride + first*a.ColStride, lineStride: a.RowStride,
		depthStride: a.ColStride,
		lines:       b.rows, depth: min(units*c.e.pair, c.p.K-first),
	}
	if c.e.packTiles != nil && each == c.e.rows && a.RowStride == 1 && s.depth == units*c.e.pair {
		c.e.packTiles(ws, dst, each, units, s)
		return
	}
	for r := 0; r < b.rows; r += each {
		tile := s
		tile.at, tile.lines = s.at+r*s.lineStride, min(each, b.rows-r)
		c.e.pack(ws, dst[r*units:], each, tile)
	}
}

// tileRows is the number of rows in the tiles of a block: that of the tiles of A packed before, or
// as even as possible.
func (c *call[T]) tileRows(rows int) int {
	if c.rows != nil {
		return c.e.rows
	}
	tiles := (rows + c.e.rows - 1) / c.e.rows
	return (rows + tiles - 1) / tiles
}

// rowsOf returns the rows of a block at unit d of the depth, `each` of them a tile: as packed
// before; or where they lie, if their units are adjacent, or if a float32 kernel reads them so
// rarely that packing does not pay; or packed now.
func (c *call[T]) rowsOf(ws *workspace, b block, d, each int) rows {
	e, a, depth := c.e, &c.p.A, c.depthAt(d)
	packed := rows{nil, 4, each * 4, depth * 4}
	if c.rows != nil {
		packed.base = unsafe.Pointer(&c.rows[c.rowsAt(d, b.band)])
		return packed
	}
	if e.native && (a.ColStride == 1 || e.pair == 1 && b.end-b.first <= 2) && (d+depth)*e.pair <= c.p.K {
		at := a.offset(b.batch) + b.row*a.RowStride + d*e.pair*a.ColStride
		row := a.RowStride * 4 / e.pair
		return rows{unsafe.Pointer(&a.Data[at]), row, a.ColStride * 4, row}
	}
	buffer := grow(&ws.a, (b.rows+each-1)/each*each*depth)
	c.packTiles(ws, buffer, b.batch, b.band, d, each)
	packed.base = unsafe.Pointer(&buffer[0])
	return packed
}
