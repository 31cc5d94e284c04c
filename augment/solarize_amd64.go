//go:build goexperiment.simd

package augment

import "simd/archsimd"

// solarizeVector computes the leading samples of solarize and returns how many.
func solarizeVector(dst, src []uint8, threshold uint8) int {
	if !vectors {
		return 0
	}
	const step = 32
	n := len(src) &^ (step - 1)
	t := archsimd.BroadcastUint8x32(threshold)
	for i := 0; i < n; i += step {
		v := archsimd.LoadUint8x32Slice(src[i:])
		bright := v.Max(t).Equal(v).ToInt8x32().AsUint8x32()
		v.Xor(bright).StoreSlice(dst[i:])
	}
	archsimd.ClearAVXUpperBits()
	return n
}
