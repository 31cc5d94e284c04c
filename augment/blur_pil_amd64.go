//go:build goexperiment.simd

package augment

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// boxSumVector computes the leading samples of boxSum and returns how many.
func boxSumVector(dst, src []uint8, offsets []int, b box) int {
	if !vectors || b.k >= 128 { // the sum of 2k+1 samples has to fit 16 bits
		return 0
	}
	n := len(dst) &^ (pixel.BytesAtOnce - 1)
	first, last := src[offsets[0]:], src[offsets[len(offsets)-1]:]
	middle := offsets[1 : len(offsets)-1]
	inside, edge := archsimd.BroadcastUint32x8(b.inside).AsInt32x8(), archsimd.BroadcastUint32x8(b.edge).AsInt32x8()
	half := archsimd.BroadcastInt32x8(1 << 23)
	pack := pixel.NewPack()
	for i := 0; i < n; i += pixel.BytesAtOnce {
		var sum archsimd.Uint16x16
		for _, offset := range middle {
			sum = sum.Add(pixel.Words(src, offset+i))
		}
		ends := pixel.Words(first, i).
			Add(pixel.Words(last, i))
		lo := half.Add(sum.GetLo().ExtendToUint32().AsInt32x8().Mul(inside)).
			Add(ends.GetLo().ExtendToUint32().AsInt32x8().Mul(edge))
		hi := half.Add(sum.GetHi().ExtendToUint32().AsInt32x8().Mul(inside)).
			Add(ends.GetHi().ExtendToUint32().AsInt32x8().Mul(edge))
		pack.Bytes(lo.AsUint32x8().ShiftAllRight(24).AsInt32x8(), hi.AsUint32x8().ShiftAllRight(24).AsInt32x8()).
			Store(pixel.At(dst, i))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
