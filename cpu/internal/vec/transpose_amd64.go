package vec

import "unsafe"

// transposeAVX512 transposes 16 rows at a time.
func transposeAVX512(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	for i := 0; i < rows; i += 16 {
		transposeRowsAVX512(unsafe.Add(dst, i*4), dstStride, unsafe.Add(src, i*srcStride), srcStride, min(16, rows-i),
			cols)
	}
}

// transpose16AVX512 transposes 16 rows at a time.
func transpose16AVX512(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	for i := 0; i < rows; i += 16 {
		transposeRows16AVX512(unsafe.Add(dst, i*2), dstStride, unsafe.Add(src, i*srcStride), srcStride, min(16, rows-i),
			cols)
	}
}

// transposeAVX2 transposes whole blocks of 8 by 8 with vectors, and what is left at the edges
// without.
func transposeAVX2(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	wholeRows, wholeCols := rows&^7, cols&^7
	for i := 0; i < wholeRows && wholeCols > 0; i += 8 {
		transposeRowsAVX2(unsafe.Add(dst, i*4), dstStride, unsafe.Add(src, i*srcStride), srcStride, 8, wholeCols)
	}
	if wholeCols < cols && wholeRows > 0 {
		transposePortable[uint32](unsafe.Add(dst, wholeCols*dstStride), dstStride, unsafe.Add(src, wholeCols*4),
			srcStride, wholeRows, cols-wholeCols)
	}
	if wholeRows < rows {
		transposePortable[uint32](unsafe.Add(dst, wholeRows*4), dstStride, unsafe.Add(src, wholeRows*srcStride),
			srcStride, rows-wholeRows, cols)
	}
}

// transpose16AVX2 is the portable loop.
func transpose16AVX2(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	transposePortable[uint16](dst, dstStride, src, srcStride, rows, cols)
}
