package gemm

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// A block is the part of the result that is computed at once: its rows of A and its panels of B
// stay in the cache of a core.
type block struct {
	batch int
	band
	first, end int // panels
}

const (
	blockRows   = 96 // at most, or one tile
	blockPanels = 10
)

// target is where the sums of a block are added up.
type target struct {
	data   []float32
	stride int
	reused bool // by each tile: it holds the rows of one
}

// at is the index in data of row r, counted from the first of the block.
func (t *target) at(r int) int {
	if t.reused {
		return 0
	}
	return r * t.stride
}

// computeBlock computes a block from the strip that holds its panels.
func (c *call[T]) computeBlock(ws *workspace, s *strip, b block) {
	cols := c.cols.count(b.first, b.end)
	each := c.tileRows(b.rows)
	to := c.target(ws, b, cols, each)
	adds := c.sums.inC() && c.p.Epilogue.Accumulate
	if c.units == 0 {
		for r := 0; r < b.rows && !adds; r++ {
			clear(to.data[r*to.stride : r*to.stride+cols])
		}
		c.finish(b, &to, 0, b.rows, cols)
		return
	}
	t := &ws.tile
	t.cRow, t.accumulate = to.stride*4, 0
	if adds {
		t.accumulate = 1
	}
	for d := 0; d < c.units; d += t.depth {
		t.depth = c.depthAt(d)
		runs := c.runsOf(ws, s, b, d)
		a := c.rowsOf(ws, b, d, each)
		for r := 0; r < b.rows; r += each {
			rows := min(each, b.rows-r)
			t.a, t.aRow, t.aDepth = unsafe.Add(a.base, r*a.tile), a.row, a.depth
			if d+t.depth < c.units {
				c.computeRows(t, runs, unsafe.Pointer(&to.data[to.at(r)]), rows, ends{})
				continue
			}
			c.computeRows(t, runs, unsafe.Pointer(&to.data[to.at(r)]), rows, c.endsOf(b, r))
			if !c.sums.finished() {
				c.finish(b, &to, r, rows, cols)
			}
		}
		t.accumulate = 1
	}
}

// ends is what kernels do with complete sums, beginning with a row and the first column of a block.
// Where a field is nil, they do nothing.
type ends struct {
	bias   unsafe.Pointer // to be added
	out    unsafe.Pointer // where they are stored as bfloat16
	outRow int            // bytes
}

func (c *call[T]) endsOf(b block, r int) (e ends) {
	if !c.sums.finished() {
		return e
	}
	column := c.cols.start(b.first) * c.cols.lanes
	if bias := c.p.Epilogue.Bias; bias != nil {
		e.bias = unsafe.Pointer(&bias[column])
	}
	if v := &c.p.C; c.sums == rounded {
		e.out, e.outRow = unsafe.Pointer(&v.BF16[v.offset(b.batch)+(b.row+r)*v.RowStride+column]), v.RowStride*2
	}
	return e
}

// target is C itself where it can hold the sums, and otherwise a part of the workspace: for tiles
// of `each` rows one after the other, if the sums of a tile are complete after one block of the
// depth.
func (c *call[T]) target(ws *workspace, b block, cols, each int) target {
	if c.sums.inC() {
		v := &c.p.C
		at := v.offset(b.batch) + b.row*v.RowStride + c.cols.start(b.first)*c.cols.lanes
		return target{data: v.F32[at:], stride: v.RowStride}
	}
	stride := (cols + vector - 1) / vector * vector
	if c.units > 0 && c.depthAt(0) == c.units {
		return target{data: grow(&ws.c, each*stride), stride: stride, reused: true}
	}
	return target{data: grow(&ws.c, b.rows*stride), stride: stride}
}

// run is some adjacent panels of equal width of a block.
type run struct {
	panels, vecs, lanes int
	column              int // of the first panel, counted in bytes from the beginning of the block
	b                   unsafe.Pointer
	bDepth, bPanel      int
}

// runsOf returns the runs of a block, at most two, at unit d of the depth.
func (c *call[T]) runsOf(ws *workspace, s *strip, b block, d int) []run {
	n := 0
	for panel := b.first; panel < b.end; n++ {
		end := c.cols.same(panel, b.end)
		start, vecs := c.cols.start(panel), c.cols.vectors(panel)
		r := &ws.runs[n]
		r.panels, r.vecs, r.lanes = end-panel, vecs, c.cols.lastLanes(end)
		r.column = (start - c.cols.start(b.first)) * c.cols.lanes * 4
		width := vecs * c.cols.lanes * 4
		if c.b == inPlace {
			at := c.p.B.offset(b.batch) + d*c.p.B.RowStride + start*c.cols.lanes
			r.b, r.bDepth, r.bPanel = unsafe.Pointer(&c.p.B.Data[at]), c.p.B.RowStride*4, width
		} else {
			depth := c.depthAt(d)
			r.b, r.bDepth, r.bPanel = unsafe.Pointer(&s.data[s.at(&c.cols, d, depth, panel)]), width, width*depth
		}
		panel = end
	}
	return ws.runs[:n]
}

// computeRows runs the kernels of one panel of rows over the panels of a block; their sums begin at
// `to`.
func (c *call[T]) computeRows(t *tile, runs []run, to unsafe.Pointer, rows int, e ends) {
	t.out, t.outRow, t.bias = nil, e.outRow, nil
	for i := range runs {
		r := &runs[i]
		t.b, t.bDepth, t.bPanel = r.b, r.bDepth, r.bPanel
		t.panels, t.lanes, t.passed = r.panels, r.lanes, 0
		t.c = unsafe.Add(to, r.column)
		if e.bias != nil {
			t.bias = unsafe.Add(e.bias, r.column)
		}
		if e.out != nil {
			t.out = unsafe.Add(e.out, r.column/2)
		}
		c.e.tiles[rows][r.vecs](t)
	}
}

// finish applies the epilogue to rows of a block whose sums are complete, and stores them in C.
func (c *call[T]) finish(b block, to *target, r, rows, cols int) {
	e, v := &c.p.Epilogue, &c.p.C
	t := Tile{
		Batch: b.batch, Row: b.row + r, Col: c.cols.start(b.first) * c.cols.lanes, Rows: rows, Cols: cols,
		Data: to.data[to.at(r):], Stride: to.stride,
	}
	for i := range rows {
		row := t.Data[i*t.Stride : i*t.Stride+cols]
		if e.scaled() {
			vec.MulScalar(row, row, e.Scale)
		}
		if e.Accumulate && !c.sums.inC() {
			v.addTo(row, v.offset(b.batch)+(t.Row+i)*v.RowStride+t.Col)
		}
	}
	e.finish(t)
	if c.sums.inC() {
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
