//go:build goexperiment.simd

package augment

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// vectorLuma returns the luma of eight pixels.
func vectorLuma(r, g, b archsimd.Int32x8) archsimd.Int32x8 {
	sum := r.Mul(archsimd.BroadcastInt32x8(19595)).
		Add(g.Mul(archsimd.BroadcastInt32x8(38470))).
		Add(b.Mul(archsimd.BroadcastInt32x8(7471)))
	return sum.Add(archsimd.BroadcastInt32x8(1 << 15)).ShiftAllRight(16)
}

// sumLumaVector adds up the luma of the leading pixels, of n samples.
func sumLumaVector(pix []uint8) (sum, n int) {
	const step = channels * pixel.AtOnce
	const most = 1 << 20 // vectors whose sums fit 32 bits
	if !vectors {
		return 0, 0
	}
	n = min(len(pix)/step, most) * step
	pixels := pixel.NewLanes()
	var sums archsimd.Int32x8
	for i := 0; i < n; i += step {
		sums = sums.Add(vectorLuma(pixels.Load(pix, i)))
	}
	var lanes [8]int32
	sums.Store(&lanes)
	archsimd.ClearAVXUpperBits()
	for _, lane := range lanes {
		sum += int(lane)
	}
	return sum, n
}

// grayVector computes the leading pixels of gray and returns the number of
// their samples.
func grayVector(dst, src []uint8) int {
	if !vectors {
		return 0
	}
	const step = channels * pixel.AtOnce
	n := len(src) / step * step
	pixels := pixel.NewLanes()
	for i := 0; i < n; i += step {
		v := vectorLuma(pixels.Load(src, i))
		pixels.Store(dst, i, v, v, v)
	}
	archsimd.ClearAVXUpperBits()
	return n
}
