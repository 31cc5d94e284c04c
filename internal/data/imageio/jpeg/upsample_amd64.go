//go:build goexperiment.simd

package jpeg

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// mixVector computes the leading elements of mix and returns how many.
func mixVector(dst []uint16, near, next []uint8) int {
	if !vectors {
		return 0
	}
	n := len(near) &^ (pixel.BytesAtOnce - 1)
	three := archsimd.BroadcastUint16x16(3)
	for x := 0; x < n; x += pixel.BytesAtOnce {
		pixel.Words(near, x).Mul(three).Add(pixel.Words(next, x)).StoreSlice(dst[x:])
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// spreadVector computes what the leading elements of spread become and returns
// how many those are.
func spreadVector(dst []uint8, src []uint16, left, right uint16, shift uint) int {
	if !vectors {
		return 0
	}
	n := (len(src) - 2) &^ (pixel.BytesAtOnce - 1)
	three := archsimd.BroadcastUint16x16(3)
	addLeft, addRight := archsimd.BroadcastUint16x16(left), archsimd.BroadcastUint16x16(right)
	for x := 0; x < n; x += pixel.BytesAtOnce {
		before, after := archsimd.LoadUint16x16Slice(src[x:]), archsimd.LoadUint16x16Slice(src[x+2:])
		near := archsimd.LoadUint16x16Slice(src[x+1:]).Mul(three)
		even := near.Add(before).Add(addLeft).ShiftAllRight(uint64(shift))
		odd := near.Add(after).Add(addRight).ShiftAllRight(uint64(shift))
		even.Or(odd.ShiftAllLeft(8)).AsUint8x32().StoreSlice(dst[2*x:])
	}
	archsimd.ClearAVXUpperBits()
	return n
}
