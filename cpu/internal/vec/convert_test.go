package vec

import (
	"math"
	"testing"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// bf16Of is the rule of rounding, said in another way than the kernels do it: of the two neighbours
// of v among the bfloat16 take the nearer one, and of two equally near that whose last bit is 0.
// Differences of such numbers are exact in float64.
func bf16Of(v float32) uint16 {
	low := uint16(math.Float32bits(v) >> 16) // the neighbour towards zero
	high := low + 1
	value := func(bits uint16) float64 {
		if bits&0x7fff == 0x7f80 { // the step behind the largest number, where rounding gives infinity
			return math.Copysign(0x1p128, float64(math.Float32frombits(uint32(bits)<<16)))
		}
		return float64(math.Float32frombits(uint32(bits) << 16))
	}
	toLow, toHigh := math.Abs(float64(v)-value(low)), math.Abs(value(high)-float64(v))
	switch {
	case math.IsInf(float64(v), 0) || toLow < toHigh || toLow == toHigh && low&1 == 0:
		return low
	}
	return high
}

// lowHalves are the lower halves around which rounding changes: zero, the midpoint, and the
// largest.
var lowHalves = []uint16{0, 1, 0x3fff, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xc000, 0xffff}

// TestRoundingOfEveryUpperHalf rounds every number whose lower half is one of lowHalves, on each
// instruction set: ties go to even, overflow to infinity, and a NaN to a quiet NaN with the upper
// bits of its payload.
func TestRoundingOfEveryUpperHalf(t *testing.T) {
	const n = 1 << 16
	x, wide, narrow := make([]float32, n), make([]float32, n), make([]uint16, n)
	for _, level := range isa.Available() {
		k := kernelsOf(level)
		t.Run(level.String(), func(t *testing.T) {
			for _, low := range lowHalves {
				for i := range x {
					x[i] = math.Float32frombits(uint32(i)<<16 | uint32(low))
				}
				k.toBF16(narrow, x)
				k.roundBF16(wide, x)
				for i, v := range x {
					checkRounded(t, v, narrow[i])
					checkRounded(t, v, uint16(math.Float32bits(wide[i])>>16))
					if math.Float32bits(wide[i])&0xffff != 0 {
						t.Errorf("roundBF16(%#08x) leaves %#08x, which is no bfloat16", math.Float32bits(v),
							math.Float32bits(wide[i]))
					}
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// checkRounded wants got to be v rounded.
func checkRounded(t *testing.T, v float32, got uint16) {
	t.Helper()
	bits := math.Float32bits(v)
	var want uint16
	switch {
	case v != v:
		want = uint16(bits>>16) | 0x40
	default:
		want = bf16Of(v)
	}
	if got != want {
		t.Errorf("%#08x (%g) becomes %#04x, want %#04x", bits, v, got, want)
	}
}

// TestWideningOfEveryBF16 checks that every bfloat16 is the same number in float32.
func TestWideningOfEveryBF16(t *testing.T) {
	const n = 1 << 16
	x, got := make([]uint16, n), make([]float32, n)
	for i := range x {
		x[i] = uint16(i)
	}
	for _, level := range isa.Available() {
		k := kernelsOf(level)
		k.fromBF16(got, x)
		for i, v := range got {
			if math.Float32bits(v) != uint32(i)<<16 {
				t.Fatalf("%s: %#04x becomes %#08x", level, i, math.Float32bits(v))
			}
		}
	}
}
