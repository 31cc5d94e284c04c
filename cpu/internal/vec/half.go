package vec

import "math"

// F16 is the bits of the float16 that is nearest to v, ties to even; it overflows
// to an infinity, and a NaN stays a NaN.
func F16(v float32) uint16 {
	const (
		infinite = 0x47800000 - 0x1000 // 65520, from which on the infinity is nearer than 65504
		normal   = 0x38800000          // 2⁻¹⁴
	)
	bits := math.Float32bits(v)
	sign, size := uint16(bits>>16)&0x8000, bits&^(1<<31)
	switch {
	case v != v:
		return sign | 0x7e00 | uint16(size>>13)&0x1ff
	case size >= infinite:
		return sign | 0x7c00
	case size < normal:
		// In numbers from ½ to 1 the last digit counts 2⁻²⁴, as in subnormal ones: the sum rounds.
		return sign | uint16(math.Float32bits(math.Float32frombits(size)+0.5)-math.Float32bits(0.5))
	}
	size -= 112 << 23
	return sign | uint16((size+0xfff+size>>13&1)>>13)
}

// FromF16 is the float16 of the given bits. It is exact.
func FromF16(bits uint16) float32 {
	sign, size := uint32(bits&0x8000)<<16, uint32(bits&0x7fff)<<13
	switch {
	case bits&0x7c00 == 0x7c00:
		return math.Float32frombits(sign | 0x7f800000 | size)
	case bits&0x7c00 == 0:
		return math.Float32frombits(sign | math.Float32bits(float32(bits&0x3ff)*0x1p-24))
	}
	return math.Float32frombits(sign | (size + 112<<23))
}
