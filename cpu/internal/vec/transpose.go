package vec

import (
	"fmt"
	"unsafe"
)

// Transpose is dst[j·dstStride + i] = src[i·srcStride + j] for 0 ≤ i < rows and 0 ≤ j < cols.
func Transpose(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	transpose(active.transpose, dst, dstStride, src, srcStride, rows, cols)
}

// Transpose16 is Transpose for elements of 16 bits.
func Transpose16(dst []uint16, dstStride int, src []uint16, srcStride, rows, cols int) {
	transpose(active.transpose16, dst, dstStride, src, srcStride, rows, cols)
}

// TransposeWords is Transpose for words of 32 bits at any address; strides are in bytes.
func TransposeWords(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	if rows > 0 && cols > 0 {
		active.transpose(dst, dstStride, src, srcStride, rows, cols)
	}
}

func transpose[T any](kernel func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int),
	dst []T, dstStride int, src []T, srcStride, rows, cols int,
) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if dstStride < rows || srcStride < cols || (cols-1)*dstStride+rows > len(dst) ||
		(rows-1)*srcStride+cols > len(src) {
		panic(fmt.Errorf("vec: Transpose of %d rows and %d columns from %d elements with stride %d to %d with stride "+
			"%d: they do not reach",
			rows, cols, len(src), srcStride, len(dst), dstStride))
	}
	size := int(unsafe.Sizeof(dst[0]))
	kernel(unsafe.Pointer(&dst[0]), dstStride*size, unsafe.Pointer(&src[0]), srcStride*size, rows, cols)
}

// transposePortable transposes block by block, so that the cache lines of both sides are used
// whole. Strides are in bytes.
func transposePortable[T any](dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	const block = 16
	var element T
	size := int(unsafe.Sizeof(element))
	for i0 := 0; i0 < rows; i0 += block {
		for j0 := 0; j0 < cols; j0 += block {
			for i := i0; i < min(i0+block, rows); i++ {
				from := unsafe.Slice((*T)(unsafe.Add(src, i*srcStride+j0*size)), min(block, cols-j0))
				for j, v := range from {
					*(*T)(unsafe.Add(dst, (j0+j)*dstStride+i*size)) = v
				}
			}
		}
	}
}
