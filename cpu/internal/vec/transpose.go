package vec

// Transpose is dst[j·dstStride + i] = src[i·srcStride + j] for 0 ≤ i < rows and 0 ≤ j < cols.
func Transpose(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	const block = 16
	for i0 := 0; i0 < rows; i0 += block {
		for j0 := 0; j0 < cols; j0 += block {
			transposeBlock(dst[j0*dstStride+i0:], dstStride, src[i0*srcStride+j0:], srcStride, min(block, rows-i0), min(block, cols-j0))
		}
	}
}

// Transpose16 is Transpose for elements of 16 bits.
func Transpose16(dst []uint16, dstStride int, src []uint16, srcStride, rows, cols int) {
	const block = 16
	for i0 := 0; i0 < rows; i0 += block {
		for j0 := 0; j0 < cols; j0 += block {
			transposeBlock(dst[j0*dstStride+i0:], dstStride, src[i0*srcStride+j0:], srcStride, min(block, rows-i0), min(block, cols-j0))
		}
	}
}

func transposeBlock[T any](dst []T, dstStride int, src []T, srcStride, rows, cols int) {
	for i := range rows {
		for j, v := range src[i*srcStride : i*srcStride+cols] {
			dst[j*dstStride+i] = v
		}
	}
}
