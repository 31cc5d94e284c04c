//go:build goexperiment.simd

package augment

import "simd/archsimd"

// boxSumVector computes the leading samples of boxSum and returns how many.
func boxSumVector(dst, src []uint8, offsets []int, b box) int {
	if !hasVectors || b.k >= 128 { // the sum of 2k+1 samples has to fit 16 bits
		return 0
	}
	n := len(dst) &^ (bytesPerVector - 1)
	first, last := src[offsets[0]:], src[offsets[len(offsets)-1]:]
	middle := offsets[1 : len(offsets)-1]
	inside, edge := archsimd.BroadcastUint32x8(b.inside).AsInt32x8(), archsimd.BroadcastUint32x8(b.edge).AsInt32x8()
	half := archsimd.BroadcastInt32x8(1 << 23)
	pack := newVectorPack()
	for i := 0; i < n; i += bytesPerVector {
		var sum archsimd.Uint16x16
		for _, offset := range middle {
			sum = sum.Add(words(src, offset+i))
		}
		ends := words(first, i).
			Add(words(last, i))
		lo := half.Add(sum.GetLo().ExtendToUint32().AsInt32x8().Mul(inside)).
			Add(ends.GetLo().ExtendToUint32().AsInt32x8().Mul(edge))
		hi := half.Add(sum.GetHi().ExtendToUint32().AsInt32x8().Mul(inside)).
			Add(ends.GetHi().ExtendToUint32().AsInt32x8().Mul(edge))
		pack.bytes(lo.AsUint32x8().ShiftAllRight(24).AsInt32x8(), hi.AsUint32x8().ShiftAllRight(24).AsInt32x8()).
			Store(vectorAt(dst, i))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
