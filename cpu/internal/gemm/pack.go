package gemm

import (
	"math"
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// source is a part of an operand that is to be packed: some lines (rows of A, columns of B) over
// some of the depth. Element (line, k) is data[at + line·lineStride + k·depthStride].
type source[T Element] struct {
	data                    []T
	at                      int
	lineStride, depthStride int
	lines, depth            int // depth in elements of k
}

// packF32 packs float32 elements of any strides: dst[d·width + line] = element (line, d), and zeros
// for the lines up to width.
func packF32(_ *workspace, dst []float32, width int, s source[float32]) {
	switch {
	case s.lineStride == 1:
		for d := range s.depth {
			copy(dst[d*width:][:s.lines], s.data[s.at+d*s.depthStride:])
		}
	case s.depthStride == 1:
		vec.TransposeWords(unsafe.Pointer(&dst[0]), width*4, unsafe.Pointer(&s.data[s.at]), s.lineStride*4, s.lines,
			s.depth)
	default:
		packEach(dst, width, s)
	}
	clearLines(dst, width, s.lines, s.depth)
}

// packWide packs bfloat16 elements as float32, as packF32 does.
func packWide(ws *workspace, dst []float32, width int, s source[uint16]) {
	switch {
	case s.lineStride == 1:
		for d := range s.depth {
			at := s.at + d*s.depthStride
			vec.FromBF16(dst[d*width:][:s.lines], s.data[at:at+s.lines])
		}
	case s.depthStride == 1:
		wide := grow(&ws.wide, s.lines*s.depth)
		for line := range s.lines {
			at := s.at + line*s.lineStride
			vec.FromBF16(wide[line*s.depth:][:s.depth], s.data[at:at+s.depth])
		}
		vec.Transpose(dst, width, wide, s.depth, s.lines, s.depth)
	default:
		packEach(dst, width, s)
	}
	clearLines(dst, width, s.lines, s.depth)
}

// packEach packs element by element.
func packEach[T Element](dst []float32, width int, s source[T]) {
	for line := range s.lines {
		at := s.at + line*s.lineStride
		for d := range s.depth {
			dst[d*width+line] = toFloat32(s.data[at])
			at += s.depthStride
		}
	}
}

// toFloat32 is the number that an element stands for.
func toFloat32[T Element](v T) float32 {
	switch v := any(v).(type) {
	case uint16:
		return math.Float32frombits(uint32(v) << 16)
	case float32:
		return v
	}
	panic("gemm: an element is neither float32 nor bfloat16")
}

// clearLines sets the lines from `lines` up to width to 0.
func clearLines(dst []float32, width, lines, units int) {
	if lines == width {
		return
	}
	for d := range units {
		clear(dst[d*width+lines : (d+1)*width])
	}
}

// packPairs packs bfloat16 elements of any strides in pairs: unit dst[d·width + line] has element
// (line, 2d) in its low half and (line, 2d+1), or zero beyond the depth, in its high half.
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

// lines is the argument of a packing kernel, which packs lines that are adjacent in memory, in up
// to three vectors of 16. Each vector is written in two halves, which lie side by side in a panel
// of B, and in a tile each for rows of A. Strides are in bytes. The assembly knows the offsets of
// the fields.
type lines struct {
	dst      unsafe.Pointer
	dstDepth int // from one unit of the depth to the next
	half     int // from one half of a vector to the next
	src      unsafe.Pointer
	srcDepth int // from one element of the depth to the next
	vecs     int
	lines    int // of the last vector, to be read
	width    int // of the last vector, to be written: zeros after the lines
	depth    int // elements that the kernel is to read along the depth, at least 1
}
