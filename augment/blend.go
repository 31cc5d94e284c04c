package augment

// blend moves x away from the degenerate value d by a factor: d + factor·(x − d)
// in float32, truncated towards zero and clamped to 0…255. The conversions
// forbid a fused multiply-add, which would round differently. (Pillow, Blend.c.)
func blend(d, x uint8, factor float32) uint8 {
	product := float32(factor * float32(int32(x)-int32(d)))
	v := float32(d) + product
	return uint8(min(max(v, 0), 255))
}

// blendTable returns the blend of every value with the same d.
func blendTable(d uint8, factor float64) *table {
	t := new(table)
	for x := range t {
		t[x] = blend(d, uint8(x), float32(factor))
	}
	return t
}
