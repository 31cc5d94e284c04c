package gemm

import "github.com/dino-go/dino/cpu/internal/isa"

// engine is one way to compute products of elements of type T.
type engine[T Element] struct {
	rows, lanes, vecs int  // of the largest tile: rows, columns of a vector, vectors
	pair              int  // elements of k in a unit of the packed operands: 1, or 2 for pairs of bfloat16
	narrows           bool // the tiles can be stored as bfloat16
	native            bool // a unit is what the operand itself holds, so that it may be used without packing
	tiles             *tileTable
	pack              func(ws *workspace, dst []float32, width int, src source[T])
	// packTiles packs adjacent rows of A as tiles of `rows` rows and `depth` units, one after the
	// other; nil where there is nothing better than to pack each by itself. The depth of src is a
	// whole number of units.
	packTiles func(ws *workspace, dst []float32, rows, depth int, src source[T])
}

// The engines that the package uses, by the type of the elements.
var (
	inUse, _   = isa.InUse() // cpu.New reports the error
	engineF32  = enginesF32()[inUse]
	engineBF16 = enginesBF16()[inUse]
)

var portableF32 = &engine[float32]{
	rows: portableRows, lanes: portableLanes, vecs: 1, pair: 1, native: true, tiles: &tilesPortable, pack: packF32,
}

var portableBF16 = &engine[uint16]{
	rows: portableRows, lanes: portableLanes, vecs: 1, pair: 1, tiles: &tilesPortable, pack: packWide,
}

// units is the depth of a product over k elements.
func (e *engine[T]) units(k int) int { return (k + e.pair - 1) / e.pair }
