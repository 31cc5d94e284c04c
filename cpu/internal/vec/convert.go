package vec

import "math"

// FromBF16 is dst[i] = x[i], where x holds the bits of bfloat16 numbers. It is exact.
func FromBF16(dst []float32, x []uint16) {
	equal("FromBF16", len(dst), len(x))
	active.fromBF16(dst, x)
}

// ToBF16 is dst[i] = the bits of the bfloat16 that is nearest to x[i], ties to even; a NaN stays a
// NaN.
func ToBF16(dst []uint16, x []float32) { equal("ToBF16", len(dst), len(x)); active.toBF16(dst, x) }

// RoundBF16 is dst[i] = the bfloat16 that is nearest to x[i], as a float32.
func RoundBF16(dst, x []float32) { equal("RoundBF16", len(dst), len(x)); active.roundBF16(dst, x) }

func fromBF16Portable(dst []float32, x []uint16) {
	for i, v := range x {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}

func toBF16Portable(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = BF16(v)
	}
}

func roundBF16Portable(dst, x []float32) {
	for i, v := range x {
		dst[i] = math.Float32frombits(uint32(BF16(v)) << 16)
	}
}

// BF16 is the bits of the bfloat16 that is nearest to v, ties to even: just under half of the last
// kept bit is added, or half where that bit is odd. NaNs are made quiet.
func BF16(v float32) uint16 {
	bits := math.Float32bits(v)
	if v != v {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
