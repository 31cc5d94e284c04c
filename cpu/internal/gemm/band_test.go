package gemm

import (
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/cpu/internal/isa"
	"github.com/dino-go/dino/cpu/internal/parallel"
)

// TestBandsOfPackedRows has products with A transposed whose rows fill no whole blocks and no whole tiles: A is packed before the tasks,
// whose rows must begin at its tiles.
func TestBandsOfPackedRows(t *testing.T) {
	for _, level := range isa.Available() {
		t.Run("f32/"+level.String(), func(t *testing.T) { checkPackedRows(t, enginesF32()[level], float32s) })
		t.Run("bf16/"+level.String(), func(t *testing.T) { checkPackedRows(t, enginesBF16()[level], bf16s) })
	}
}

func checkPackedRows[T Element](t *testing.T, e *engine[T], data func(*rand.Rand, int) []T) {
	n := blockPanels*e.vecs*e.lanes + 7
	for _, s := range []struct{ m, k, threads int }{{57, 48, 2}, {19, 148, 4}, {13, 94, 4}, {95, 30, 8}, {90, 64, 16}, {7, 400, 64}} {
		p := plainProduct(s.m, n, s.k, 1, "tn", data)
		pool := parallel.New(s.threads)
		c := newCall[T]()
		c.begin(p, e)
		c.compute(pool)
		pool.Close()
		for i := range p.M {
			for j := range p.N {
				spot(t, p, i, j)
			}
		}
	}
}

// TestBandsCoverRows wants the bands of any number of tiles to follow each other from the first row to the last, and each to begin at a tile.
func TestBandsCoverRows(t *testing.T) {
	for rows := range 40 {
		for height := 1; height <= 8; height++ {
			for tiles := 1; tiles <= 6; tiles++ {
				b, next := bands{rows: rows, height: height, tiles: tiles}, 0
				for i := range b.count() {
					at := b.at(i)
					if at.row != next || at.row%height != 0 || at.rows < 1 || at.rows > b.most() || i < b.count()-1 && at.rows != b.most() {
						t.Fatalf("%+v: band %d of %d is %+v", b, i, b.count(), at)
					}
					next += at.rows
				}
				if next != rows {
					t.Fatalf("%+v: the bands end at row %d", b, next)
				}
			}
		}
	}
}
