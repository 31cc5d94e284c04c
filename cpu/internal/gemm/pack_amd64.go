package gemm

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

const packedLines = 16 // lines that a packing kernel packs at once

// packF32AVX512 is packF32 with a kernel for adjacent lines.
func packF32AVX512(ws *workspace, dst []float32, width int, s source[float32]) {
	if s.lineStride == 1 {
		packKernel(&ws.lines, dst, width, s, copyLinesAVX512)
	} else {
		packF32(ws, dst, width, s)
	}
}

// packBF16AVX512 is packPairs by way of vectors wherever one of the strides is 1; an odd element at the end of the depth goes alone.
func packBF16AVX512(ws *workspace, dst []float32, width int, s source[uint16]) {
	even := s
	even.depth &^= 1
	switch {
	case even.depth > 0 && s.lineStride == 1:
		packKernel(&ws.lines, dst, width, even, interleaveLinesAVX512)
	case even.depth > 0 && s.depthStride == 1: // pairs are words of 32 bits
		vec.TransposeWords(unsafe.Pointer(&dst[0]), width*4, unsafe.Pointer(&s.data[s.at]), s.lineStride*2, s.lines, even.depth/2)
		clearLines(dst, width, s.lines, even.depth/2)
	default:
		packPairs(dst, width, s)
		return
	}
	if s.depth > even.depth {
		s.at += even.depth * s.depthStride
		s.depth = 1
		packPairs(dst[even.depth/2*width:], width, s)
	}
}

// packKernel runs a packing kernel over groups of lines.
func packKernel[T Element](l *lines, dst []float32, width int, s source[T], kernel func(*lines)) {
	l.dstDepth, l.srcDepth, l.depth = width*4, s.depthStride*int(unsafe.Sizeof(s.data[0])), s.depth
	for line := 0; line < width; line += packedLines {
		l.lines, l.width = min(max(s.lines-line, 0), packedLines), min(width-line, packedLines)
		l.dst = unsafe.Pointer(&dst[line])
		l.src = unsafe.Pointer(&s.data[s.at+min(line, s.lines-1)])
		kernel(l)
	}
	l.dst, l.src = nil, nil
}
