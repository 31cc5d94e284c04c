package gemm

// band is some adjacent rows of a matrix A and of its C. Only bands makes one.
type band struct{ row, rows int }

// bands is how the rows of a matrix are cut into bands: of whole tiles, equally many each, and the
// last with what is left. So every band begins at a tile, and A may be packed in other bands than
// those that are computed.
type bands struct {
	rows   int // in all
	height int // rows of a tile
	tiles  int // of a band, at least 1
}

// inBands cuts the rows of the matrices into bands of up to `tiles` tiles.
func (c *call[T]) inBands(tiles int) bands { return bands{rows: c.p.M, height: c.e.rows, tiles: tiles} }

// inBlocks cuts the rows of the matrices into the bands of blocks that stay in cache.
func (c *call[T]) inBlocks() bands { return c.inBands(max(1, blockRows/c.e.rows)) }

// allTiles is the number of tiles in all bands.
func (b *bands) allTiles() int { return (b.rows + b.height - 1) / b.height }

// most is the number of rows of a band that is not the last.
func (b *bands) most() int { return b.tiles * b.height }

// count is the number of bands.
func (b *bands) count() int { return (b.allTiles() + b.tiles - 1) / b.tiles }

// at is a band.
func (b *bands) at(i int) band {
	row := i * b.tiles * b.height
	return band{row: row, rows: min(b.most(), b.rows-row)}
}
