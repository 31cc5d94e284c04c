package gemm

import (
	"math"
	"unsafe"
)

// source is a part of an operand that is to be packed: some lines (rows of A, columns of B) over some of the depth. Element (line, k) is
// data[at + line·lineStride + k·depthStride].
type source[T Element] struct {
	data                    []T
	at                      int
	lineStride, depthStride int
	lines, depth            int // depth in elements of k
}

// packPortable packs elements of any strides as float32: dst[d·width + line] = element (line, d), and zeros for the lines up to width.
func packPortable[T Element](_ *workspace, dst []float32, width int, s source[T]) {
	if wide, ok := any(s.data).([]float32); ok && s.lineStride == 1 {
		packAdjacent(dst, width, wide, s.at, s.depthStride, s.lines, s.depth)
		return
	}
	for line := range s.lines {
		at := s.at + line*s.lineStride
		for d := range s.depth {
			dst[d*width+line] = toFloat32(s.data[at])
			at += s.depthStride
		}
	}
	for d := range s.depth {
		clear(dst[d*width+s.lines : (d+1)*width])
	}
}

// packAdjacent is packPortable for lines that are adjacent in memory.
func packAdjacent(dst []float32, width int, src []float32, at, depthStride, lines, depth int) {
	for d := range depth {
		row := dst[d*width : (d+1)*width]
		copy(row[:lines], src[at+d*depthStride:])
		clear(row[lines:])
	}
}

// packPairs packs bfloat16 elements of any strides in pairs: unit dst[d·width + line] has element (line, 2d) in its low half and (line, 2d+1),
// or zero beyond the depth, in its high half.
func packPairs(dst []float32, width int, s source[uint16]) {
	for d := 0; d < s.depth; d += 2 {
		row := dst[d/2*width : (d/2+1)*width]
		at := s.at + d*s.depthStride
		for line := range s.lines {
			unit := uint32(s.data[at])
			if d+1 < s.depth {
				unit |= uint32(s.data[at+s.depthStride]) << 16
			}
			row[line] = math.Float32frombits(unit)
			at += s.lineStride
		}
		clear(row[s.lines:])
	}
}

// lines is the argument of a packing kernel, which packs up to 16 lines. Strides are in bytes. The assembly knows the offsets of the
// fields.
type lines struct {
	dst      unsafe.Pointer
	dstDepth int // from one unit of the depth to the next
	src      unsafe.Pointer
	srcStep  int // from one element of the depth to the next where lines are adjacent, from one line to the next otherwise
	lines    int
	depth    int // elements that the kernel is to read along the depth, at least 1
}
