//go:build goexperiment.simd

package augment

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// floatsPerVector is how many floats the vector loops handle at a time.
const floatsPerVector = 8

// symmetricBytesVector computes the leading elements of symmetricBytes and
// returns how many.
func symmetricBytesVector(dst []float32, src []uint8, offsets []int, weights []float32) int {
	if !vectors {
		return 0
	}
	n := len(dst) &^ (pixel.BytesAtOnce - 1)
	half := len(weights) - 1
	for i := 0; i < n; i += pixel.BytesAtOnce {
		w := archsimd.BroadcastFloat32x8(weights[0])
		a, b := pixel.Sixteen(src, offsets[half]+i)
		lo, hi := a.ConvertToFloat32().Mul(w), b.ConvertToFloat32().Mul(w)
		for j := 1; j <= half; j++ {
			w := archsimd.BroadcastFloat32x8(weights[j])
			sum := pixel.Words(src, offsets[half-j]+i).
				Add(pixel.Words(src, offsets[half+j]+i))
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
	if !vectors {
		return 0
	}
	n := len(dst) &^ (pixel.BytesAtOnce - 1)
	half := len(weights) - 1
	pack := pixel.NewPack()
	for i := 0; i < n; i += pixel.BytesAtOnce {
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
		pack.Bytes(lo.RoundToEven().ConvertToInt32(), hi.RoundToEven().ConvertToInt32()).Store(pixel.At(dst, i))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
