package gemm

import "testing"

// TestBandsCoverRows checks that the bands of any number of tiles follow each other from the first
// row to the last, and that each begins at a tile.
func TestBandsCoverRows(t *testing.T) {
	for rows := range 40 {
		for height := 1; height <= 8; height++ {
			for tiles := 1; tiles <= 6; tiles++ {
				b, next := bands{rows: rows, height: height, tiles: tiles}, 0
				for i := range b.count() {
					at := b.at(i)
					if at.row != next || at.row%height != 0 || at.rows < 1 || at.rows > b.most() || i < b.count()-1 &&
						at.rows != b.most() {
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

// TestBlocksAreFull checks that the blocks of all engines have as many rows as they may.
func TestBlocksAreFull(t *testing.T) {
	for _, e := range enginesF32() {
		c := call[float32]{p: &Product[float32]{M: 1000}, e: e}
		if rows := c.inBlocks(); rows.most() != blockRows {
			t.Errorf("with tiles of %d rows a block has %d rows, want %d", e.rows, rows.most(), blockRows)
		}
	}
}
