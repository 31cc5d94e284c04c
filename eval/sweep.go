package eval

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/dino-go/dino/eval/internal/tile"
)

// sweep computes the dot product of every row of a bank with every query, in blocks that fit the
// cache, and passes them to visitors. The whole product [bank, queries] is never stored.
type sweep struct {
	bank, queries Matrix
	// Row i is multiplied by its scale [i]; nil means by 1.
	bankScale, queryScale []float64
	// upper skips the blocks in which every bank row comes before the queries: about half of the
	// product of a set with itself, which is symmetric.
	upper bool
	// most is the largest number of queries in a block; 0 takes as many as fit the cache.
	most int
}

// visitor is one worker's view of a sweep. The queries come in blocks, and for
// each block the bank's rows in order.
type visitor interface {
	// begin announces the block of count queries from first on.
	begin(first, count int)
	// visit gets the products b[r·tile.Columns + c] of bank row row+r, r < rows,
	// and query query+c, c < columns.
	visit(b *tile.Block, row, rows, query, columns int)
	// end follows the last visit of the block that begin announced last; it does
	// not come if the sweep is stopped.
	end()
}

// panelFloats is how many numbers of queries are packed at once: their 768 kB
// stay in the second-level cache while the bank streams past.
const panelFloats = 192 * 1024

// run sweeps with the given number of workers, each with its own visitor. A
// product does not depend on the number of workers.
func (s sweep) run(ctx context.Context, workers int, newVisitor func() visitor) error {
	workers = workerCount(workers)
	most := cmp.Or(s.most, max(1, panelFloats/s.queries.Cols/tile.Columns)*tile.Columns)
	share := (s.queries.Rows + workers - 1) / workers
	size := min(most, ceil(share, tile.Columns))
	return parallel(ctx, workers, (s.queries.Rows+size-1)/size, func() func(int) {
		w := &sweepWorker{
			sweep:  s,
			done:   ctx.Done(),
			panels: make(tile.PackedColumns, size/tile.Columns*s.queries.Cols),
			rows:   make(tile.PackedRows, s.bank.Cols),
			visit:  newVisitor(),
		}
		return func(block int) {
			first := block * size
			w.block(first, min(size, s.queries.Rows-first))
		}
	})
}

// sweepWorker is one worker's state of a sweep.
type sweepWorker struct {
	sweep
	done    <-chan struct{}    // closed when nobody wants the result any more
	panels  tile.PackedColumns // queries, [panels][Cols]
	rows    tile.PackedRows    // bank rows, [Cols]
	product tile.Block
	visit   visitor
}

// block sweeps count queries from first on, unless it is stopped.
func (w *sweepWorker) block(first, count int) {
	w.pack(first, count)
	w.visit.begin(first, count)
	from := 0
	if w.upper {
		from = first
	}
	for row := from; row < w.bank.Rows; row += tile.Rows {
		if row%1024 == 0 && w.stopped() {
			return
		}
		rows := min(tile.Rows, w.bank.Rows-row)
		w.packRows(row)
		for p := 0; p < count; p += tile.Columns {
			tile.Products(&w.product, w.rows, w.panel(p))
			w.visit.visit(&w.product, row, rows, first+p, min(tile.Columns, count-p))
		}
	}
	w.visit.end()
}

func (w *sweepWorker) stopped() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// panel returns the panel of query q of the block.
func (w *sweepWorker) panel(q int) tile.PackedColumns {
	return w.panels[q/tile.Columns*w.queries.Cols:][:w.queries.Cols]
}

// pack packs count queries from first on, with zeros after them.
func (w *sweepWorker) pack(first, count int) {
	for q := range ceil(count, tile.Columns) {
		if q < count {
			w.panel(q).Set(q%tile.Columns, w.queries.Row(first+q), float32(rowScale(w.queryScale, first+q)))
		} else {
			w.panel(q).Clear(q % tile.Columns)
		}
	}
}

// packRows packs the bank rows from row on; the last one stands for those after
// it.
func (w *sweepWorker) packRows(row int) {
	var vectors [tile.Rows][]float32
	var scales [tile.Rows]float32
	for r := range vectors {
		at := min(row+r, w.bank.Rows-1)
		vectors[r], scales[r] = w.bank.Row(at), float32(rowScale(w.bankScale, at))
	}
	w.rows.Set(&vectors, &scales)
}

// rowScale returns what a row is multiplied by.
func rowScale(scale []float64, row int) float64 {
	if scale == nil {
		return 1
	}
	return scale[row]
}

// inverseNorms returns 1/max(‖row‖₂, 1e-12) for every row.
func inverseNorms(m Matrix) []float64 {
	inverse := make([]float64, m.Rows)
	for i := range inverse {
		inverse[i] = 1 / max(math.Sqrt(dot64(m.Row(i), m.Row(i))), normalizeEps)
	}
	return inverse
}

// cosineRounding bounds the error of a product of a cosineSweep, for rows of
// sane width: a decision that is closer takes the exact product.
const cosineRounding = 1e-5

// exact returns the product of a bank row and a query in float64.
func (s sweep) exact(row, query int) float64 {
	return dot64(s.queries.Row(query), s.bank.Row(row)) * s.queryScale[query] * s.bankScale[row]
}

// cosineSweep returns the sweep whose products are cosine similarities.
func cosineSweep(bank, queries Matrix) sweep {
	return sweep{bank: bank, queries: queries, bankScale: inverseNorms(bank), queryScale: inverseNorms(queries)}
}

func workerCount(workers int) int {
	if workers < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return workers
}

// parallel runs tasks 0 to n-1 on the given number of workers, each with its
// own function from newWorker, until all are done or ctx is. Fewer than one
// worker means one a core.
func parallel(ctx context.Context, workers, n int, newWorker func() func(task int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workerCount(workers), n) {
		group.Go(func() {
			work := newWorker()
			for ctx.Err() == nil {
				task := int(next.Add(1)) - 1
				if task >= n {
					return
				}
				work(task)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
