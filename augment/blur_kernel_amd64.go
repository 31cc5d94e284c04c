//go:build goexperiment.simd

package augment

import "simd/archsimd"

// floatsPerVector is how many floats the vector loops handle at a time.
const floatsPerVector = 8

// symmetricBytesVector computes the leading elements of symmetricBytes and
// returns how many.
func symmetricBytesVector(dst []float32, src []uint8, offsets []int, weights []float32) int {
	if !hasVectors {
		return 0
	}
	n := len(dst) &^ (bytesPerVector - 1)
	half := len(weights) - 1
	for i := 0; i < n; i += bytesPerVector {
		w := archsimd.BroadcastFloat32x8(weights[0])
		a, b := wideBytes(src, offsets[half]+i)
		lo, hi := a.ConvertToFloat32().Mul(w), b.ConvertToFloat32().Mul(w)
		for j := 1; j <= half; j++ {
			w := archsimd.BroadcastFloat32x8(weights[j])
			sum := words(src, offsets[half-j]+i).
				Add(words(src, offsets[half+j]+i))
			lo = lo.Add(sum.GetLo().ExtendToUint32().AsInt32x8().ConvertToFloat32().Mul(w))
			hi = hi.Add(sum.GetHi().ExtendToUint32().AsInt32x8().ConvertToFloat32().Mul(w))
		}
		lo.StoreSlice(dst[i:])
		hi.StoreSlice(dst[i+floatsPerVector:])
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// symmetricFloatsVector computes the leading samples of symmetricFloats and
// returns how many.
func symmetricFloatsVector(dst []uint8, line, weights []float32) int {
	if !hasVectors {
		return 0
	}
	n := len(dst) &^ (bytesPerVector - 1)
	half := len(weights) - 1
	pack := newVectorPack()
	for i := 0; i < n; i += bytesPerVector {
		w := archsimd.BroadcastFloat32x8(weights[0])
		lo := archsimd.LoadFloat32x8Slice(line[i+channels*half:]).Mul(w)
		hi := archsimd.LoadFloat32x8Slice(line[i+channels*half+floatsPerVector:]).Mul(w)
		for j := 1; j <= half; j++ {
			w := archsimd.BroadcastFloat32x8(weights[j])
			before, after := line[i+channels*(half-j):], line[i+channels*(half+j):]
			lo = lo.Add(archsimd.LoadFloat32x8Slice(before).Add(archsimd.LoadFloat32x8Slice(after)).Mul(w))
			hi = hi.Add(archsimd.LoadFloat32x8Slice(before[floatsPerVector:]).
				Add(archsimd.LoadFloat32x8Slice(after[floatsPerVector:])).Mul(w))
		}
		pack.bytes(lo.RoundToEven().ConvertToInt32(), hi.RoundToEven().ConvertToInt32()).Store(vectorAt(dst, i))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
