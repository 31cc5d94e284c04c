package cpu

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// format is a binary floating-point format, by the definition of IEEE 754: digits of the
// significand and the least exponent of normal numbers. It is the tests' own arithmetic; nothing of
// it comes from the engine or from compute.
type format struct {
	digits   int
	exponent int
	largest  float64
}

var formats = map[dtypes.DType]format{
	dtypes.Float16:  {11, -14, 65504},
	dtypes.BFloat16: {8, -126, 0x1.fep127},
	dtypes.Float32:  {24, -126, math.MaxFloat32},
	dtypes.Float64:  {53, -1022, math.MaxFloat64},
}

// round is the number of the format that is nearest to x, ties to even.
func (f format) round(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) || f.digits == 53 {
		return x
	}
	_, e := math.Frexp(x) // |x| in [½, 1)·2ᵉ
	unit := max(e-1, f.exponent) - f.digits + 1
	y := math.Ldexp(math.RoundToEven(math.Ldexp(x, -unit)), unit)
	if math.Abs(y) > f.largest {
		return math.Copysign(math.Inf(1), x)
	}
	return math.Copysign(y, x)
}

// encode16 is the bits of a number that a 16-bit format has.
func (f format) encode16(x float64) uint16 {
	fraction := f.digits - 1
	infinite := uint16(1<<15-1) &^ (1<<fraction - 1)
	var sign uint16
	if math.Signbit(x) {
		sign = 1 << 15
	}
	a := math.Abs(x)
	switch {
	case math.IsNaN(x):
		return infinite | 1<<(fraction-1)
	case math.IsInf(x, 0):
		return sign | infinite
	}
	_, e := math.Frexp(a)
	power := max(e-1, f.exponent)
	scaled := uint16(math.Ldexp(a, fraction-power)) // with the leading digit, if normal
	if a >= math.Ldexp(1, f.exponent) {
		return sign | (uint16(power-f.exponent+1)<<fraction + scaled - 1<<fraction)
	}
	return sign | scaled
}

// decode16 is the number of the given bits in a 16-bit format.
func (f format) decode16(bits uint16) float64 {
	fraction := f.digits - 1
	exponent, rest := int(bits&(1<<15-1))>>fraction, float64(bits&(1<<fraction-1))
	x := 0.0
	switch {
	case exponent == 1<<(15-fraction)-1 && rest != 0:
		return math.NaN()
	case exponent == 1<<(15-fraction)-1:
		x = math.Inf(1)
	case exponent == 0:
		x = math.Ldexp(rest, f.exponent-fraction)
	default:
		x = math.Ldexp(rest+math.Ldexp(1, fraction), exponent-1+f.exponent-fraction)
	}
	if bits>>15 == 1 {
		return -x
	}
	return x
}

// flatFloats makes a slice of a float type of numbers that it has.
func flatFloats(d dtypes.DType, xs []float64) any {
	switch d {
	case dtypes.Float16:
		return mapped(xs, func(x float64) float16.Float16 { return float16.Float16(formats[d].encode16(x)) })
	case dtypes.BFloat16:
		return mapped(xs, func(x float64) bfloat16.BFloat16 { return bfloat16.BFloat16(formats[d].encode16(x)) })
	case dtypes.Float32:
		return mapped(xs, func(x float64) float32 { return float32(x) })
	}
	return append([]float64(nil), xs...)
}

// floatsOf is the numbers of a slice of a float type.
func floatsOf(flat any) []float64 {
	switch flat := flat.(type) {
	case []float16.Float16:
		return mapped(flat, func(x float16.Float16) float64 { return formats[dtypes.Float16].decode16(uint16(x)) })
	case []bfloat16.BFloat16:
		return mapped(flat, func(x bfloat16.BFloat16) float64 { return formats[dtypes.BFloat16].decode16(uint16(x)) })
	case []float32:
		return mapped(flat, func(x float32) float64 { return float64(x) })
	}
	return flat.([]float64)
}

func mapped[S, T any](xs []S, f func(S) T) []T {
	ys := make([]T, len(xs))
	for i, x := range xs {
		ys[i] = f(x)
	}
	return ys
}

// same tells whether two numbers are equal, where zeros of different signs are not, and all NaNs
// are.
func same(a, b float64) bool {
	return a == b && math.Signbit(a) == math.Signbit(b) || math.IsNaN(a) && math.IsNaN(b)
}
