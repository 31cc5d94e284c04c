package gemm

import (
	"testing"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

// tasks is how many tasks of each kind a product has.
type tasks struct{ matrices, rows, packs, tiles, columns int }

// TestTasks checks that products are spread over tasks as compute, computeMatrix and divide say:
// with tiles of 8 rows and panels of 48 columns, on four threads. The result does not depend on it,
// but the speed does.
func TestTasks(t *testing.T) {
	e := &engine[float32]{rows: 8, lanes: 16, vecs: 3, pair: 1, native: true}
	pool := parallel.New(4)
	defer pool.Close()
	for _, c := range []struct {
		why           string
		m, n, k, many int
		layout        string
		want          tasks
	}{
		{"not worth a second task", 10, 10, 10, 26, "nn", tasks{matrices: 1}},
		{"four tasks for each thread", 20, 20, 20, 100, "nn", tasks{matrices: 17}},
		{"no more than is worth a task", 100, 100, 10, 100, "nn", tasks{matrices: 50}},
		{"one matrix a task", 100, 100, 100, 8, "nn", tasks{matrices: 8}},
		{"too few matrices; B where it lies", 64, 64, 200, 4, "nn", tasks{tiles: 4 * 4}},
		{"too large matrices", 1, 1 << 12, 1<<12 + 1, 8, "nn", tasks{tiles: 86 * 8}},
		{"depth packed in parts", 65, 64, 200, 4, "nn", tasks{packs: 3 * 4, tiles: 3 * 4}},
		{"depth packed in whole parts", 65, 64, 2 * packUnits, 4, "nn", tasks{packs: 2 * 4, tiles: 3 * 4}},
		{"too few panels for packing A", 65, 64, 200, 4, "tn", tasks{packs: 3 * 4, tiles: 3 * 4}},
		{"columns with their panels", 100, 1920, 100, 1, "nt", tasks{columns: 4}},
		{"columns, the last fewer", 100, 48 * 33, 100, 1, "nt", tasks{columns: 4}},
		{"no depth: C to be written", 1000, 1000, 0, 1, "nn", tasks{tiles: 48}},
		{"columns that stay in cache", 100, 1920, 1000, 1, "nt", tasks{columns: 40}},
		{"A packed, then columns", 100, 1920, 100, 1, "tt", tasks{rows: 2, columns: 4}},
		{"too many rows for columns", 513, 1920, 100, 1, "tt", tasks{rows: 6, packs: 8, tiles: 104}},
		{"A too large for packing; strips", 512, 1920, 5000, 1, "tt", tasks{packs: 8 * 5, tiles: 128 * 5}},
	} {
		p := Product[float32]{
			M: c.m, N: c.n, K: c.k, Batch: c.many, A: Operand[float32]{RowStride: 1, ColStride: 1},
			B: Operand[float32]{RowStride: 1, ColStride: 1},
		}
		if c.layout[0] == 't' {
			p.A.ColStride = c.m
		}
		if c.layout[1] == 't' {
			p.B.ColStride = c.k
		}
		if got := tasksOf(pool, &p, e); got != c.want {
			t.Errorf("%s: %d·%d·%d, %d matrices, has %+v, want %+v", c.why, c.m, c.n, c.k, c.many, got, c.want)
		}
	}
}

// tasksOf counts the tasks of a product without running them.
func tasksOf(pool *parallel.Pool, p *Product[float32], e *engine[float32]) (n tasks) {
	c := newCall[float32]()
	count := func(n *int) func(int) {
		counted := make(chan struct{}, 1)
		counted <- struct{}{}
		return func(int) {
			<-counted
			*n++
			counted <- struct{}{}
		}
	}
	c.matrixTask, c.rowsTask, c.packTask, c.tileTask, c.columnTask = count(&n.matrices), count(&n.rows),
		count(&n.packs), count(&n.tiles), count(&n.columns)
	c.begin(p, e)
	c.compute(pool)
	return n
}

// TestDivide checks that the tasks of a strip are cut as long as each has enough work, and are then
// as even as possible.
func TestDivide(t *testing.T) {
	for _, e := range enginesF32() {
		for _, m := range []int{1, 7, 8, 19, 57, 96, 97, 300, 1100} {
			for _, n := range []int{1, 50, 481, 3000} {
				for _, k := range []int{1, 100, 2000} {
					for _, threads := range []int{2, 3, 16, 64} {
						checkDivide(t, &Product[float32]{M: m, N: n, K: k}, e, threads)
					}
				}
			}
		}
	}
}

func checkDivide(t *testing.T, p *Product[float32], e *engine[float32], threads int) {
	t.Helper()
	c := newCall[float32]()
	c.begin(p, e)
	panels := c.cols.panels
	c.cutBlocks(panels, threads)
	columns := (panels + c.panelsEach - 1) / c.panelsEach
	rows, cols := c.bands.most(), c.panelsEach*c.cols.width*c.cols.lanes
	if c.panelsEach < 1 || c.panelsEach > min(blockPanels, panels) || c.bands.tiles < 1 || rows > blockRows ||
		rows >= p.M+e.rows {
		t.Errorf("%d·%d·%d: blocks of %d rows and %d panels", p.M, p.N, p.K, rows, c.panelsEach)
	}
	small := rows*cols*p.K < 2*taskWork || c.panelsEach == 1 && (c.bands.tiles <= 2 || rows < cols/4)
	if n := c.bands.count() * columns; n < 16*threads && !small {
		t.Errorf("%d·%d·%d: %d tasks of %d rows and %d columns for %d threads", p.M, p.N, p.K, n, rows, cols, threads)
	}
	cut := c.bands.tiles
	c.divide(panels, threads)
	for tiles := max(cut/2, 1); tiles <= cut; tiles++ {
		if other := c.inBands(tiles); other.last(columns, threads) < c.bands.last(columns, threads) {
			t.Errorf("%d·%d·%d on %d threads: bands of %d tiles take longer than of %d", p.M, p.N, p.K, threads,
				c.bands.tiles, tiles)
		}
	}
}

// TestTileRows checks that the rows of a block are in as few tiles as possible, and these even,
// unless A was packed before.
func TestTileRows(t *testing.T) {
	c := call[float32]{e: &engine[float32]{rows: 8}}
	for rows, want := range map[int]int{1: 1, 7: 7, 8: 8, 9: 5, 16: 8, 17: 6, 25: 7, 90: 8, 96: 8} {
		if got := c.tileRows(rows); got != want {
			t.Errorf("%d rows are in tiles of %d, want %d", rows, got, want)
		}
	}
	if c.rows = []float32{0}; c.tileRows(9) != 8 {
		t.Errorf("9 packed rows are in tiles of %d, want 8", c.tileRows(9))
	}
}
