package gemm

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// A block is the part of the result that is computed at once: its rows of A and its panels of B stay in the cache of a core.
type block struct {
	batch      int
	row, rows  int
	first, end int // panels
}

const (
	blockRows   = 96
	blockPanels = 10
)

// target is where the sums of a block go: row r, counted from the first of the block, begins at data[r·stride].
type target struct {
	data   []float32
	stride int
}

// computeBlock computes a block from the strip that holds its panels.
func (c *call[T]) computeBlock(ws *workspace, s *strip[T], b block) {
	cols := c.cols.count(b.first, b.end)
	to := c.target(ws, b, cols)
	if c.units == 0 {
		for r := range b.rows {
			if !(c.inC && c.p.Epilogue.Accumulate) {
				clear(to.data[r*to.stride : r*to.stride+cols])
			}
		}
		c.finish(b, to, 0, b.rows, cols)
		return
	}
	t := &ws.tile
	t.cRow = to.stride * 4
	t.accumulate = 0
	if c.inC && c.p.Epilogue.Accumulate {
		t.accumulate = 1
	}
	for d := 0; d < c.units; d += depthBlock {
		t.depth = min(depthBlock, c.units-d)
		a := c.rowsOf(ws, b, d)
		for r := 0; r < b.rows; r += c.e.rows {
			rows := min(c.e.rows, b.rows-r)
			t.a, t.aRow, t.aDepth = a.panel(r)
			t.c = unsafe.Pointer(&to.data[r*to.stride])
			c.computeRows(t, s, b, d, rows)
			if d+depthBlock >= c.units {
				c.finish(b, to, r, rows, cols)
			}
		}
		t.accumulate = 1
	}
}

// target is C itself where it can hold the sums, and otherwise a part of the workspace.
func (c *call[T]) target(ws *workspace, b block, cols int) target {
	if c.inC {
		v := &c.p.C
		at := v.offset(b.batch) + b.row*v.RowStride + c.cols.start(b.first)*c.cols.lanes
		return target{v.F32[at:], v.RowStride}
	}
	stride := (cols + vector - 1) / vector * vector
	return target{grow(&ws.c, b.rows*stride), stride}
}

// computeRows runs the kernels of one panel of rows over the panels of the block, those of one width at a time.
func (c *call[T]) computeRows(t *tile, s *strip[T], b block, d, rows int) {
	to := t.c
	for panel := b.first; panel < b.end; {
		end, vecs := c.cols.same(panel, b.end), c.cols.vectors(panel)
		c.panelsOf(t, s, b.batch, d, panel)
		t.panels, t.lanes = end-panel, c.cols.lastLanes(end)
		t.c = unsafe.Add(to, (c.cols.start(panel)-c.cols.start(b.first))*c.cols.lanes*4)
		c.e.tiles[rows][vecs](t)
		panel = end
	}
}

// panelsOf sets B in a tile: packed in the strip, or where it lies.
func (c *call[T]) panelsOf(t *tile, s *strip[T], batch, d, panel int) {
	width := c.cols.vectors(panel) * c.cols.lanes
	if c.direct {
		at := c.p.B.offset(batch) + d*c.p.B.RowStride + c.cols.start(panel)*c.cols.lanes
		t.b, t.bDepth, t.bPanel = unsafe.Pointer(&c.p.B.Data[at]), c.p.B.RowStride*4, width*4
		return
	}
	t.b, t.bDepth, t.bPanel = unsafe.Pointer(&s.data[s.at(d, t.depth, panel)]), width*4, width*4*t.depth
}

// rows is A for one block of the result and of the depth.
type rows struct {
	base               unsafe.Pointer
	row, depth, panels int // strides in bytes: from row to row, from unit to unit, and from panel of rows to panel
	each               int // rows of a panel
}

// panel is the panel that begins at row r, with its strides.
func (a *rows) panel(r int) (base unsafe.Pointer, row, depth int) {
	return unsafe.Add(a.base, r/a.each*a.panels), a.row, a.depth
}

// rowsOf returns the rows of a block at unit d of the depth: where they lie, if each row is contiguous in units, and packed otherwise.
func (c *call[T]) rowsOf(ws *workspace, b block, d int) rows {
	e, a, depth := c.e, &c.p.A, min(depthBlock, c.units-d)
	at := a.offset(b.batch) + b.row*a.RowStride + d*e.pair*a.ColStride
	if e.native && a.ColStride == 1 && c.p.K%e.pair == 0 {
		size := 4 / e.pair
		return rows{unsafe.Pointer(&a.Data[at]), a.RowStride * size, 4, e.rows * a.RowStride * size, e.rows}
	}
	buffer := grow(&ws.a, (b.rows+e.rows-1)/e.rows*e.rows*depth)
	for r := 0; r < b.rows; r += e.rows {
		e.pack(ws, buffer[r*depth:], e.rows, source[T]{
			data: a.Data, at: at + r*a.RowStride, lineStride: a.RowStride, depthStride: a.ColStride,
			lines: min(e.rows, b.rows-r), depth: min(depth*e.pair, c.p.K-d*e.pair),
		})
	}
	return rows{unsafe.Pointer(&buffer[0]), 4, e.rows * 4, e.rows * depth * 4, e.rows}
}

// finish applies the epilogue to rows of a block whose sums are complete, and takes them to C.
func (c *call[T]) finish(b block, to target, r, rows, cols int) {
	e, v := &c.p.Epilogue, &c.p.C
	if c.inC && e.empty() {
		return
	}
	t := Tile{Batch: b.batch, Row: b.row + r, Col: c.cols.start(b.first) * c.cols.lanes, Rows: rows, Cols: cols, Data: to.data[r*to.stride:], Stride: to.stride}
	for i := range rows {
		row := t.Data[i*t.Stride : i*t.Stride+cols]
		if e.scaled() {
			vec.MulScalar(row, row, e.Scale)
		}
		if e.Accumulate && !c.inC {
			v.addTo(row, v.offset(b.batch)+(t.Row+i)*v.RowStride+t.Col)
		}
	}
	e.finish(t)
	if c.inC {
		return
	}
	for i := range rows {
		row := t.Data[i*t.Stride : i*t.Stride+cols]
		at := v.offset(b.batch) + (t.Row+i)*v.RowStride + t.Col
		if v.F32 != nil {
			copy(v.F32[at:], row)
		} else {
			vec.ToBF16(v.BF16[at:at+cols], row)
		}
	}
}
