package gemm

import (
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/spare"
)

//go:generate go run ./gen

// F32 computes a product of float32 matrices on the pool; nil means on the calling goroutine alone.
func F32(pool *parallel.Pool, p *Product[float32]) { multiply(pool, p, engineF32, &callsF32) }

// BF16 computes a product of bfloat16 matrices, with sums in float32. Where the processor
// multiplies pairs of bfloat16, it takes subnormal numbers for zeros.
func BF16(pool *parallel.Pool, p *Product[uint16]) { multiply(pool, p, engineBF16, &callsBF16) }

var (
	callsF32  = spare.Stack[call[float32]]{New: newCall[float32]}
	callsBF16 = spare.Stack[call[uint16]]{New: newCall[uint16]}
)

// multiply computes a product with one of the spare calls.
func multiply[T Element](pool *parallel.Pool, p *Product[T], e *engine[T], calls *spare.Stack[call[T]]) {
	p.check()
	if p.M == 0 || p.N == 0 {
		return
	}
	if p.Packed != nil && p.K > 0 {
		e = p.Packed.engine
	}
	c := calls.Get()
	c.begin(p, e)
	c.compute(pool)
	c.end()
	calls.Put(c)
}

// call is the state of a product that is being computed. Its tasks are methods bound once, so that
// a product produces no garbage.
type call[T Element] struct {
	p           *Product[T]
	e           *engine[T]
	packing     Product[T] // p, where an operand is only to be packed
	cols        columns
	units       int
	b           routeOfB
	sums        routeOfSums
	stripPanels int // panels of B in a strip: all of them, or as many as are packed at once

	// One matrix at a time, spread over the pool:
	batch              int
	strip              strip
	rows               []float32 // A packed, or nil
	bands              bands     // each the rows of a task
	panelsEach         int       // of a task
	packEach           int       // panels
	rowsTask           func(int)
	packTask, tileTask func(int)
	columnTask         func(int)

	// A group of matrices a task:
	matricesEach int
	matrixTask   func(int)
}

func newCall[T Element]() *call[T] {
	c := &call[T]{}
	c.rowsTask, c.packTask, c.tileTask, c.matrixTask = c.packRows, c.packTaskPart, c.computeTask, c.computeMatrices
	c.columnTask = c.computeColumns
	return c
}

const (
	fewRows    = 512     // rows of A up to which panels of B are packed by the task that uses them, and not for all
	nearSize   = 5 << 14 // units of such panels, which should stay in the cache of a core
	directRows = 64      // rows of A up to which packing B costs more than it brings, if the columns of B are adjacent
	stripSize  = 1 << 21 // most units in a strip of B, unless one panel has more
	taskWork   = 1 << 18 // multiplications that are worth a task of their own
)

// begin prepares a call for a product: how its columns are cut, and its route.
func (c *call[T]) begin(p *Product[T], e *engine[T]) {
	c.p, c.e = p, e
	c.cols = cut(p.N, e.lanes, e.vecs)
	c.units = e.units(p.K)
	c.b, c.sums = chooseB(p, e), chooseSums(p, e)
	c.stripPanels = c.cols.panels
	if c.b == packedHere {
		c.stripPanels = max(1, stripSize/(c.units*c.cols.width*c.cols.lanes))
	}
}

// end drops the references to the product and its memory.
func (c *call[T]) end() {
	c.p, c.strip, c.rows = nil, strip{}, nil
}

// compute spreads the product over the pool: whole matrices where they are small and many, tiles of
// each matrix otherwise. How it is spread does not change the result.
func (c *call[T]) compute(pool *parallel.Pool) {
	work, batch, threads := c.p.M*c.p.N*max(c.p.K, 1), c.p.batch(), pool.Threads()
	if threads == 1 || work*batch <= taskWork || batch >= 2*threads && work <= 64*taskWork {
		c.matricesEach = batch
		if threads > 1 && work*batch > taskWork {
			c.matricesEach = max(1, min(taskWork/work, batch/(4*threads)))
		}
		pool.For((batch+c.matricesEach-1)/c.matricesEach, c.matrixTask)
		return
	}
	ws := acquire()
	defer ws.release()
	for c.batch = range batch {
		c.computeMatrix(pool, ws)
	}
}

// computeMatrices is a task: some whole matrices.
func (c *call[T]) computeMatrices(task int) {
	ws := acquire()
	defer ws.release()
	s := &ws.strip
	for b := task * c.matricesEach; b < min((task+1)*c.matricesEach, c.p.batch()); b++ {
		for first := 0; first < c.cols.panels; first = s.end {
			c.openStrip(s, b, first, first+c.stripPanels, &ws.b)
			if c.b == packedHere {
				c.packStrip(ws, s, b)
			}
			c.computeStrip(ws, s, b)
		}
	}
}

// computeStrip computes all rows of the columns of a strip, in blocks that stay in cache.
func (c *call[T]) computeStrip(ws *workspace, s *strip, b int) {
	rows := c.inBlocks()
	for first := s.first; first < s.end; first += blockPanels {
		for i := range rows.count() {
			c.computeBlock(ws, s, block{batch: b, band: rows.at(i), first: first, end: min(first+blockPanels, s.end)})
		}
	}
}

// computeMatrix computes one matrix, strip by strip: the pool packs the strip, into the buffer of a
// workspace, and then computes its tiles. Where it pays the pool packs A first; and where each task
// packs the columns that it computes, there are no strips.
func (c *call[T]) computeMatrix(pool *parallel.Pool, ws *workspace) {
	if c.packsRows() {
		c.rows = grow(&ws.a, c.roundedRows()*c.units)
		c.bands = c.inBlocks()
		pool.For(c.bands.count(), c.rowsTask)
	}
	if c.packsColumns(pool.Threads()) {
		most := min(blockPanels, max(1, nearSize/(c.units*c.cols.width*c.cols.lanes)))
		// in each of which every thread runs one task
		rounds := (c.cols.panels + most*pool.Threads() - 1) / (most * pool.Threads())
		c.panelsEach = (c.cols.panels + rounds*pool.Threads() - 1) / (rounds * pool.Threads())
		pool.For((c.cols.panels+c.panelsEach-1)/c.panelsEach, c.columnTask)
		return
	}
	s := &c.strip
	for first := 0; first < c.cols.panels; first = s.end {
		c.openStrip(s, c.batch, first, first+c.stripPanels, &ws.b)
		panels := s.end - first
		if c.b == packedHere {
			c.packEach = max(1, min(panels/(2*pool.Threads()), taskWork/8/(c.units*c.cols.width*c.cols.lanes)))
			pool.For(c.packParts(s, c.packEach), c.packTask)
		}
		c.divide(panels, pool.Threads())
		pool.For(c.bands.count()*((panels+c.panelsEach-1)/c.panelsEach), c.tileTask)
	}
}

// packsColumns tells whether each task packs the columns of B that it computes: there must be few
// rows, for which a strip would be read hardly more often than it was written, several panels for
// each thread, and rows of A that every task can read without packing them again.
func (c *call[T]) packsColumns(threads int) bool {
	return c.b == packedHere && c.p.M <= fewRows && c.cols.panels >= 8*threads &&
		(c.p.A.ColStride == 1 || c.rows != nil)
}

// divide chooses the tasks of a strip: blocks that stay in cache, cut until there are enough for
// all threads or they get too small, and then so that the threads end at about the same time.
func (c *call[T]) divide(panels, threads int) {
	c.cutBlocks(panels, threads)
	columns := (panels + c.panelsEach - 1) / c.panelsEach
	best := c.bands
	for tiles := c.bands.tiles - 1; tiles >= max(c.bands.tiles/2, 1); tiles-- {
		if rows := c.inBands(tiles); rows.last(columns, threads) < best.last(columns, threads) {
			best = rows
		}
	}
	c.bands = best
}

// last estimates how long the tasks of a strip take, in rows: the number of rounds of the threads,
// times the rows of a task and a constant start. Each task computes a band of rows in one of so
// many groups of columns.
func (b *bands) last(columns, threads int) int {
	const start = 1
	tasks := b.count() * columns
	return (tasks + threads - 1) / threads * (b.most() + start)
}

// cutBlocks cuts a strip into blocks.
func (c *call[T]) cutBlocks(panels, threads int) {
	c.bands, c.panelsEach = c.inBlocks(), min(blockPanels, panels)
	c.bands.tiles = min(c.bands.tiles, c.bands.allTiles())
	for c.bands.count()*((panels+c.panelsEach-1)/c.panelsEach) < 16*threads {
		cols := c.panelsEach * c.cols.width * c.cols.lanes
		switch rows := c.bands.most(); {
		case rows*cols*c.p.K < 2*taskWork:
			return
		case rows >= cols/4 && c.bands.tiles > 2:
			c.bands.tiles = (c.bands.tiles + 1) / 2
		case c.panelsEach > 1:
			c.panelsEach = (c.panelsEach + 1) / 2
		default:
			return
		}
	}
}

// computeColumns is a task: it packs some panels and computes all rows of them.
func (c *call[T]) computeColumns(task int) {
	ws := acquire()
	defer ws.release()
	s := &ws.strip
	c.openStrip(s, c.batch, task*c.panelsEach, (task+1)*c.panelsEach, &ws.b)
	c.packStrip(ws, s, c.batch)
	c.computeStrip(ws, s, c.batch)
}

// packTaskPart is a task: it packs a part of the strip.
func (c *call[T]) packTaskPart(task int) {
	ws := acquire()
	defer ws.release()
	c.packPart(ws, &c.strip, c.batch, task, c.packEach)
}

// computeTask is a task: a block of the result. Blocks of the same columns follow each other.
func (c *call[T]) computeTask(task int) {
	ws := acquire()
	defer ws.release()
	bands := c.bands.count()
	first := c.strip.first + task/bands*c.panelsEach
	c.computeBlock(ws, &c.strip, block{
		batch: c.batch, band: c.bands.at(task % bands), first: first, end: min(first+c.panelsEach, c.strip.end),
	})
}
