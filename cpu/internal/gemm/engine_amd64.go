package gemm

import "github.com/dino-go/dino/cpu/internal/isa"

func enginesF32() map[isa.Level]*engine[float32] {
	avx512 := &engine[float32]{
		rows: 8, lanes: 16, vecs: 3, pair: 1, native: true, tiles: &tilesF32AVX512,
		pack: packF32AVX512, packTiles: packTilesF32AVX512,
	}
	return map[isa.Level]*engine[float32]{
		isa.Portable:   portableF32,
		isa.AVX2:       {rows: 6, lanes: 8, vecs: 2, pair: 1, native: true, tiles: &tilesF32AVX2, pack: packF32},
		isa.AVX512:     avx512,
		isa.AVX512BF16: avx512,
	}
}

func enginesBF16() map[isa.Level]*engine[uint16] {
	return map[isa.Level]*engine[uint16]{
		isa.Portable: portableBF16,
		isa.AVX2:     {rows: 6, lanes: 8, vecs: 2, pair: 1, tiles: &tilesF32AVX2, pack: packWide},
		isa.AVX512:   {rows: 8, lanes: 16, vecs: 3, pair: 1, tiles: &tilesF32AVX512, pack: packWide},
		isa.AVX512BF16: {
			rows: 8, lanes: 16, vecs: 3, pair: 2, native: true, narrows: true, tiles: &tilesBF16AVX512,
			pack: packBF16AVX512, packTiles: packTilesBF16AVX512,
		},
	}
}
