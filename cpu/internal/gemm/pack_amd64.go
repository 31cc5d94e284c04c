package gemm

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

const (
	vectorLines = 16 // of a vector in a packing kernel
	kernelVecs  = 3  // vectors that a packing kernel takes
)

// packF32AVX512 is packF32 with a kernel for adjacent lines.
func packF32AVX512(ws *workspace, dst []float32, width int, s source[float32]) {
	if s.lineStride == 1 {
		packKernel(&ws.lines, dst, width, s, copyLinesAVX512)
	} else {
		packF32(ws, dst, width, s)
	}
}

// packTilesF32AVX512 packs adjacent rows of A, tile after tile.
func packTilesF32AVX512(ws *workspace, dst []float32, rows, depth int, s source[float32]) {
	tileKernel(&ws.lines, dst, rows, depth, s, copyLinesAVX512)
}

// packBF16AVX512 is packPairs by way of vectors wherever one of the strides is 1. An odd depth,
// which is that of the one element that depthAt leaves at the end, is none for vectors.
func packBF16AVX512(ws *workspace, dst []float32, width int, s source[uint16]) {
	switch odd := s.depth%2 == 1; {
	case !odd && s.lineStride == 1:
		packKernel(&ws.lines, dst, width, s, interleaveLinesAVX512)
	case !odd && s.depthStride == 1: // pairs are words of 32 bits
		vec.TransposeWords(unsafe.Pointer(&dst[0]), width*4, unsafe.Pointer(&s.data[s.at]), s.lineStride*2, s.lines,
			s.depth/2)
		clearLines(dst, width, s.lines, s.depth/2)
	default:
		packPairs(dst, width, s)
	}
}

// packTilesBF16AVX512 packs adjacent rows of A, tile after tile; the depth is even.
func packTilesBF16AVX512(ws *workspace, dst []float32, rows, depth int, s source[uint16]) {
	tileKernel(&ws.lines, dst, rows, depth, s, interleaveLinesAVX512)
}

// packKernel runs a packing kernel over a panel of up to 48 lines, or a tile.
func packKernel[T Element](l *lines, dst []float32, width int, s source[T], kernel func(*lines)) {
	vecs := (width + vectorLines - 1) / vectorLines
	rest := (vecs - 1) * vectorLines
	*l = lines{
		dst: unsafe.Pointer(&dst[0]), dstDepth: width * 4, half: vectorLines / 2 * 4,
		src: unsafe.Pointer(&s.data[s.at]), srcDepth: s.depthStride * int(unsafe.Sizeof(s.data[0])),
		vecs: vecs, lines: max(s.lines-rest, 0), width: width - rest, depth: s.depth,
	}
	kernel(l)
	*l = lines{}
}

// tileKernel runs a packing kernel over tiles of half a vector of lines, six at a time; each has
// `depth` units.
func tileKernel[T Element](l *lines, dst []float32, rows, depth int, s source[T], kernel func(*lines)) {
	tile := rows * depth
	for done := 0; done < s.lines; done += kernelVecs * vectorLines {
		count := min(s.lines-done, kernelVecs*vectorLines)
		vecs := (count + vectorLines - 1) / vectorLines
		left := count - (vecs-1)*vectorLines
		*l = lines{
			dst: unsafe.Pointer(&dst[done/rows*tile]), dstDepth: rows * 4, half: tile * 4,
			src: unsafe.Pointer(&s.data[s.at+done]), srcDepth: s.depthStride * int(unsafe.Sizeof(s.data[0])),
			vecs: vecs, lines: left, width: (left + rows - 1) / rows * rows, depth: s.depth,
		}
		kernel(l)
	}
	*l = lines{}
}
