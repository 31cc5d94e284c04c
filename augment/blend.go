package augment

// blend moves x away from the degenerate value d by a factor: d + factor·(x − d)
// in float32, truncated towards zero and clamped to 0…255. The conversions
// forbid a fused multiply-add, which would round differently. (Pillow, Blend.c.)
func blend(d, x uint8, factor float32) uint8 {
	product := float32(factor * float32(int32(x)-int32(d)))
	v := float32(d) + product
	return uint8(min(max(v, 0), 255))
}

// blendAll blends every sample of src with the same d; dst may be src.
func blendAll(dst, src []uint8, d uint8, factor float32) {
	done := blendAllVector(dst, src, d, factor)
	var blended [256]uint8
	if done < len(src) {
		for x := range blended {
			blended[x] = blend(d, uint8(x), factor)
		}
	}
	for i := done; i < len(src); i++ {
		dst[i] = blended[src[i]]
	}
}
