package gemm

import "unsafe"

const packedLines = 16 // lines that a packing kernel packs at once

// packF32AVX512 is packPortable by way of vectors wherever one of the strides is 1.
func packF32AVX512(ws *workspace, dst []float32, width int, s source[float32]) {
	switch {
	case s.lineStride == 1:
		packKernel(&ws.lines, dst, width, s, s.depthStride, copyLinesAVX512)
	case s.depthStride == 1:
		packKernel(&ws.lines, dst, width, s, s.lineStride, transposeLinesAVX512)
	default:
		packPortable(ws, dst, width, s)
	}
}

// packBF16AVX512 is packPairs by way of vectors wherever one of the strides is 1; an odd element at the end of the depth goes alone.
func packBF16AVX512(ws *workspace, dst []float32, width int, s source[uint16]) {
	even := s
	even.depth &^= 1
	switch {
	case even.depth == 0:
		packPairs(dst, width, s)
		return
	case s.lineStride == 1:
		packKernel(&ws.lines, dst, width, even, s.depthStride, interleaveLinesAVX512)
	case s.depthStride == 1:
		even.depth /= 2 // pairs are units of 32 bits, and these are transposed
		packKernel(&ws.lines, dst, width, even, s.lineStride, transposeLinesAVX512)
	default:
		packPairs(dst, width, s)
		return
	}
	if s.depth%2 == 1 {
		s.at += (s.depth - 1) * s.depthStride
		dst = dst[s.depth/2*width:]
		s.depth = 1
		packPairs(dst, width, s)
	}
}

// packKernel runs a packing kernel over groups of lines. A group that is narrower than the kernel's vectors is written with zeros beyond
// its width, where the next unit of the depth goes; dst must have room for them at its end.
func packKernel[T Element](l *lines, dst []float32, width int, s source[T], step int, kernel func(*lines)) {
	size := int(unsafe.Sizeof(s.data[0]))
	l.dstDepth, l.srcStep, l.depth = width*4, step*size, s.depth
	for line := 0; line < width; line += packedLines {
		l.lines = min(max(s.lines-line, 0), packedLines)
		l.dst = unsafe.Pointer(&dst[line])
		l.src = unsafe.Pointer(&s.data[s.at+min(line, s.lines-1)*s.lineStride])
		kernel(l)
	}
	l.dst, l.src = nil, nil
}
