package vec

import (
	"math"
	"testing"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// everyLevel runs a test with the kernels of every level of this processor, the portable ones too.
func everyLevel(t *testing.T, test func(t *testing.T, k *kernels)) {
	for _, level := range isa.Available() {
		t.Run(level.String(), func(t *testing.T) {
			k := kernelsOf(level)
			test(t, &k)
		})
	}
}

// special are numbers at which functions have extrema, zeros, poles or no value.
func special() (xs []float32) {
	for _, x := range []float64{
		0, 0x1p-149, 0x1p-127, 0x1p-126, 1e-20, 0.25, 0.5, 0.625, 1, 1.5, 2, 2.5, 9, 17, 88, 89, 104, 1e10,
		math.MaxFloat32, math.Inf(1),
	} {
		xs = append(xs, float32(x), float32(-x))
	}
	return append(xs, float32(math.NaN()))
}

func identical(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func TestSpecialValues(t *testing.T) {
	functions := append([]function{
		{"neg", func(k *kernels) func(dst, x []float32) { return k.neg }, func(x float64) float64 { return -x }, 0, 0},
		{"abs", func(k *kernels) func(dst, x []float32) { return k.abs }, math.Abs, 0, 0},
		{"sqrt", func(k *kernels) func(dst, x []float32) { return k.sqrt }, math.Sqrt, 0, 0},
		{
			"rsqrt", func(k *kernels) func(dst, x []float32) { return k.rsqrt },
			func(x float64) float64 { return 1 / math.Sqrt(x) }, 1, 0,
		},
	}, inexact[:5]...) // exp, log, tanh, erf, sigmoid
	everyLevel(t, func(t *testing.T, k *kernels) {
		xs := special()
		for _, f := range functions {
			got := make([]float32, len(xs))
			f.kernel(k)(got, xs)
			for i, x := range xs {
				want := float32(f.exact(float64(x)))
				if (want == 0 || math.IsInf(float64(want), 0)) && !identical(got[i], want) ||
					ulps(got[i], want) > f.ulps {
					t.Errorf("%s(%g) = %g, want %g", f.name, x, got[i], want)
				}
			}
		}
	})
}

func TestExtremesOfSpecialValues(t *testing.T) {
	everyLevel(t, func(t *testing.T, k *kernels) {
		xs := special()
		larger, smaller := make([]float32, len(xs)), make([]float32, len(xs))
		for shift := range xs {
			ys := append(append([]float32(nil), xs[shift:]...), xs[:shift]...)
			k.max(larger, xs, ys)
			k.min(smaller, xs, ys)
			for i, x := range xs {
				if y := ys[i]; !identical(larger[i], max(x, y)) || !identical(smaller[i], min(x, y)) {
					t.Errorf("the larger and the smaller of %g and %g are %g and %g", x, y, larger[i], smaller[i])
				}
			}
		}
		for _, s := range xs {
			k.maxScalar(larger, xs, s)
			k.minScalar(smaller, xs, s)
			for i, x := range xs {
				if !identical(larger[i], max(x, s)) || !identical(smaller[i], min(x, s)) {
					t.Errorf("the larger and the smaller of %g and the number %g are %g and %g", x, s, larger[i],
						smaller[i])
				}
			}
		}
	})
}

func TestNaNsOfEveryPayloadStay(t *testing.T) {
	for bit := range 23 {
		for _, bits := range []uint32{0x7f800000 | 1<<bit, 0xff800000 | 1<<bit} {
			if f := FromF16(F16(math.Float32frombits(bits))); f == f {
				t.Errorf("the NaN %#x becomes %g by way of float16", bits, f)
			}
		}
	}
}

// TestF16IsTheNearest has every float16 but NaNs, the middle to the next one, and what is next to
// that.
func TestF16IsTheNearest(t *testing.T) {
	value := func(b uint16) float64 { // by definition; of the infinity, what would come next
		fraction := float64(b & 0x3ff)
		if e := int(b>>10) & 0x1f; e > 0 {
			return math.Ldexp(fraction+1024, e-25)
		}
		return math.Ldexp(fraction, -24)
	}
	check := func(x float64, want uint16) {
		for _, sign := range []uint16{0, 1 << 15} {
			x := float32(x)
			if sign != 0 {
				x = -x
			}
			if got := F16(x); got != want|sign {
				t.Fatalf("%x is rounded to %#x, want %#x", x, got, want|sign)
			}
		}
	}
	for b := range uint16(0x7c00) {
		x, middle := value(b), (value(b)+value(b+1))/2
		check(x, b)
		check(middle, b+b&1)
		check(float64(math.Nextafter32(float32(middle), 0)), b)
		check(float64(math.Nextafter32(float32(middle), 1e6)), b+1)
		if got := float64(FromF16(b)); got != x {
			t.Fatalf("%#x is %g, want %g", b, got, x)
		}
	}
	check(math.Inf(1), 0x7c00)
	check(1e30, 0x7c00)
	check(0x1p-60, 0)
	if x := FromF16(0xfc00); x != float32(math.Inf(-1)) {
		t.Errorf("−∞ is %g", x)
	}
}
