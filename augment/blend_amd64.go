//go:build goexperiment.simd

package augment

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// blendVector moves eight values x away from d by a factor, without clamping.
func blendVector(d, x archsimd.Int32x8, factor archsimd.Float32x8) archsimd.Int32x8 {
	return d.ConvertToFloat32().Add(x.Sub(d).ConvertToFloat32().Mul(factor)).ConvertToInt32()
}

// blendAllVector computes the leading samples of blendAll and returns how many.
func blendAllVector(dst, src []uint8, d uint8, factor float32) int {
	if !vectors {
		return 0
	}
	n := len(src) &^ (pixel.BytesAtOnce - 1)
	base, f := archsimd.BroadcastInt32x8(int32(d)), archsimd.BroadcastFloat32x8(factor)
	pack := pixel.NewPack()
	for i := 0; i < n; i += pixel.BytesAtOnce {
		lo, hi := pixel.Sixteen(src, i)
		pack.Bytes(blendVector(base, lo, f), blendVector(base, hi, f)).Store(pixel.At(dst, i))
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// saturateVector computes the leading pixels of saturate and returns the number
// of their samples.
func saturateVector(dst, src []uint8, factor float32) int {
	if !vectors {
		return 0
	}
	const step = channels * pixel.AtOnce
	n := len(src) / step * step
	f := archsimd.BroadcastFloat32x8(factor)
	least, most := archsimd.BroadcastInt32x8(0), archsimd.BroadcastInt32x8(255)
	pixels := pixel.NewLanes()
	for i := 0; i < n; i += step {
		r, g, b := pixels.Load(src, i)
		d := vectorLuma(r, g, b)
		pixels.Store(dst, i,
			blendVector(d, r, f).Max(least).Min(most),
			blendVector(d, g, f).Max(least).Min(most),
			blendVector(d, b, f).Max(least).Min(most))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
