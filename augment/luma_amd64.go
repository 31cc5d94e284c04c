//go:build goexperiment.simd

package augment

import "simd/archsimd"

// vectorLuma returns the luma of eight pixels.
func vectorLuma(r, g, b archsimd.Int32x8) archsimd.Int32x8 {
	sum := r.Mul(archsimd.BroadcastInt32x8(19595)).
		Add(g.Mul(archsimd.BroadcastInt32x8(38470))).
		Add(b.Mul(archsimd.BroadcastInt32x8(7471)))
	return sum.Add(archsimd.BroadcastInt32x8(1 << 15)).ShiftAllRight(16)
}

// sumLumaVector adds up the luma of the leading pixels, of n samples.
func sumLumaVector(pix []uint8) (sum, n int) {
	const step = channels * pixelsPerVector
	const most = 1 << 20 // vectors whose sums fit 32 bits
	if !hasVectors {
		return 0, 0
	}
	n = min(len(pix)/step, most) * step
	pixels := newVectorPixels()
	var sums archsimd.Int32x8
	for i := 0; i < n; i += step {
		sums = sums.Add(vectorLuma(pixels.load(pix, i)))
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
	if !hasVectors {
		return 0
	}
	const step = channels * pixelsPerVector
	n := len(src) / step * step
	pixels := newVectorPixels()
	for i := 0; i < n; i += step {
		v := vectorLuma(pixels.load(src, i))
		pixels.store(dst, i, v, v, v)
	}
	archsimd.ClearAVXUpperBits()
	return n
}
