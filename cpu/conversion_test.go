package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
)

var everyInt = []dtypes.DType{
	dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
}

// convert converts, by way of the given types in one graph.
func convert(t *testing.T, b compute.Backend, flat any, by ...dtypes.DType) any {
	t.Helper()
	return evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
		v := x[0]
		for _, d := range by {
			v = testutil.Must1(f.ConvertDType(v, d))
		}
		return v
	}, flat)
}

// awkward are numbers at and on both sides of the midpoints between neighbours of each format,
// subnormal numbers, and numbers that overflow.
func awkward(from dtypes.DType) []float64 {
	xs := specialValues(from)
	for _, d := range everyFloat {
		xs = append(xs, specialValues(d)...)
		f := formats[d]
		unit := math.Ldexp(1, 1-f.digits)
		for _, x := range []float64{
			1, 1 + unit, 3, f.largest, math.Ldexp(1, f.exponent),
			math.Ldexp(3, f.exponent-f.digits),
		} {
			_, e := math.Frexp(x)
			half := math.Ldexp(0.5, max(e-1, f.exponent)-f.digits+1)
			for _, y := range []float64{x + half, x + half*(1-0x1p-30), x + half*(1+0x1p-30), x - half} {
				xs = append(xs, y, -y)
			}
		}
	}
	return mapped(xs, formats[from].round)
}

func TestConversionsOfFloats(t *testing.T) {
	b := open(t, "parallelism=2")
	for _, from := range everyFloat {
		xs := awkward(from)
		for _, to := range everyFloat {
			got := floatsOf(convert(t, b, flatFloats(from, xs), to))
			for i, x := range xs {
				if want := formats[to].round(x); !same(got[i], want) {
					t.Errorf("%s %g (%x) as %s is %g, want %g", from, x, x, to, got[i], want)
				}
			}
		}
	}
}

// TestConversionsAreNotLeftOut rounds in the middle of a loop, where everything else stays in
// registers.
func TestConversionsAreNotLeftOut(t *testing.T) {
	b := open(t, "parallelism=2")
	for _, from := range everyFloat {
		xs := awkward(from)
		for _, by := range everyFloat {
			want := mapped(xs, func(x float64) float64 {
				return formats[from].round(-formats[from].round(formats[by].round(-x)))
			})
			got := floatsOf(evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
				v := testutil.Must1(f.Neg(x[0]))
				v = testutil.Must1(f.ConvertDType(v, by))
				v = testutil.Must1(f.ConvertDType(v, from))
				return testutil.Must1(f.Neg(v))
			}, flatFloats(from, xs)))
			for i, x := range xs {
				if !same(got[i], want[i]) {
					t.Errorf("%s %g (%x) by way of %s is %g, want %g", from, x, x, by, got[i], want[i])
				}
			}
		}
		for _, by := range everyInt {
			low, high := ends(by)
			got := floatsOf(convert(t, b, flatFloats(from, xs), by, from))
			for i, x := range xs {
				want := formats[from].round(math.Trunc(min(max(x, low), high)))
				if math.IsNaN(x) {
					want = 0
				}
				if got[i] != want {
					t.Errorf("%s %g by way of %s is %g, want %g", from, x, by, got[i], want)
				}
			}
		}
	}
}

// ends are the smallest and the largest integer of a type.
func ends(d dtypes.DType) (low, high float64) {
	if d.IsUnsigned() {
		return 0, math.Ldexp(1, d.Bits()) - 1
	}
	return -math.Ldexp(1, d.Bits()-1), math.Ldexp(1, d.Bits()-1) - 1
}

func TestConversionsOfFloatsToIntegersAndBool(t *testing.T) {
	b := open(t, "parallelism=2")
	for _, from := range everyFloat {
		xs := append(awkward(from),
			mapped([]float64{
				-1.5, -0.5, 126.5, 127.5, 128, 255.5, 256, -129, 65535.5, 1 << 31, 1<<31 - 1, 1 << 32,
				1 << 63, -1 << 63, 1 << 64,
			}, formats[from].round)...)
		for _, to := range everyInt {
			low, high := ends(to)
			got := convert(t, b, flatFloats(from, xs), to)
			for i, x := range xs {
				var want string
				switch {
				case math.IsNaN(x):
					want = "0"
				case x <= low:
					want = fmt.Sprintf("%.0f", low)
				case x >= high && to.IsUnsigned():
					want = fmt.Sprint(^uint64(0) >> (64 - to.Bits()))
				case x >= high:
					want = fmt.Sprint(int64(^uint64(0) >> (65 - to.Bits())))
				default:
					want = fmt.Sprintf("%.0f", math.Trunc(x)+0)
				}
				if g := element(got, i); g != want {
					t.Errorf("%s %g as %s is %s, want %s", from, x, to, g, want)
				}
			}
		}
		truths := convert(t, b, flatFloats(from, xs), dtypes.Bool).([]bool)
		for i, x := range xs {
			if truths[i] != (x != 0) {
				t.Errorf("%s %g as Bool is %v", from, x, truths[i])
			}
		}
	}
}

// element prints an element of a slice of integers.
func element(flat any, i int) string {
	switch flat := flat.(type) {
	case []int8:
		return fmt.Sprint(flat[i])
	case []int16:
		return fmt.Sprint(flat[i])
	case []int32:
		return fmt.Sprint(flat[i])
	case []int64:
		return fmt.Sprint(flat[i])
	case []uint8:
		return fmt.Sprint(flat[i])
	case []uint16:
		return fmt.Sprint(flat[i])
	case []uint32:
		return fmt.Sprint(flat[i])
	}
	return fmt.Sprint(flat.([]uint64)[i])
}

func TestConversionsOfIntegers(t *testing.T) {
	b := open(t, "parallelism=2")
	xs := []int64{
		0, 1, -1, 2, 127, 128, -128, -129, 255, 256, 257, 258, 2049, 65503, 65519, 65520, 65535, 65536,
		1<<24 + 1, 1<<24 + 3, math.MaxInt32, math.MinInt32, 1<<53 + 1, math.MaxInt64, math.MinInt64,
	}
	for _, to := range everyInt {
		got := convert(t, b, xs, to)
		for i, x := range xs {
			bits := 64 - to.Bits()
			want := fmt.Sprint(x << bits >> bits)
			if to.IsUnsigned() {
				want = fmt.Sprint(uint64(x) << bits >> bits)
			}
			if g := element(got, i); g != want {
				t.Errorf("%d as %s is %s, want %s", x, to, g, want)
			}
		}
	}
	for _, to := range everyFloat {
		got := floatsOf(convert(t, b, xs, to))
		for i, x := range xs {
			want := float64(x)
			if to != dtypes.Float64 {
				want = formats[to].round(float64(float32(x))) // shorter floats are reached by way of float32
			}
			if got[i] != want {
				t.Errorf("%d as %s is %g, want %g", x, to, got[i], want)
			}
		}
	}
}

// TestExplicitRoundingsStayBesideProducts has a product whose sums are converted to bfloat16 and
// back, once with a bias that is added after the first conversion. 1 + 2⁻⁸ is no bfloat16, 1 + 2⁻⁷
// is one, and both ways of leaving a conversion out show.
func TestExplicitRoundingsStayBesideProducts(t *testing.T) {
	b := open(t, "parallelism=2")
	x := []bfloat16.BFloat16{bfloat16.FromFloat32(1), bfloat16.FromFloat32(0x1p-8)}
	ones := []bfloat16.BFloat16{bfloat16.FromFloat32(1), bfloat16.FromFloat32(1)}
	product := func(f compute.Function, x []compute.Value) compute.Value {
		var in [2]compute.Value
		for i := range in {
			in[i] = testutil.Must1(f.ConvertDType(testutil.Must1(f.Reshape(x[i], 1, 2)), dtypes.Float32))
		}
		sum := testutil.Must1(f.DotGeneral(in[0], []int{1}, nil, in[1], []int{1}, nil, compute.DotGeneralConfig{}))
		return testutil.Must1(f.ConvertDType(sum, dtypes.BFloat16))
	}
	got := evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
		return testutil.Must1(f.ConvertDType(product(f, x), dtypes.Float32))
	}, x, ones).([]float32)
	if got[0] != 1 {
		t.Errorf("1 + 2⁻⁸ converted to bfloat16 and back is %g, want 1", got[0])
	}
	bias := []bfloat16.BFloat16{bfloat16.FromFloat32(0x1p-8)}
	got = evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
		biased := testutil.Must1(f.Add(product(f, x),
			testutil.Must1(f.BroadcastInDim(x[2], shapes.Make(dtypes.BFloat16, 1, 1), []int{1}))))
		return testutil.Must1(f.ConvertDType(biased, dtypes.Float32))
	}, x, ones, bias).([]float32)
	if got[0] > 1+0x1p-8 {
		t.Errorf("1 + 2⁻⁸ converted to bfloat16, plus 2⁻⁸, is %g: the conversion is left out", got[0])
	}
}

// TestRoundedValuesThatAreStoredAreRoundedForOthers has a conversion whose result is stored, which
// rounds by itself, and goes on in the loop.
func TestRoundedValuesThatAreStoredAreRoundedForOthers(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{2}}, func(f compute.Function, x []compute.Value) []compute.Value {
		narrow := testutil.Must1(f.ConvertDType(x[0], dtypes.BFloat16))
		return []compute.Value{narrow, testutil.Must1(f.Neg(testutil.Must1(f.ConvertDType(narrow, dtypes.Float32))))}
	})
	out, err := e.Execute([]compute.Buffer{buffer(t, b, []float32{1 + 0x1p-10, 3}, 2)}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := floats(t, out[1]); got[0] != -1 || got[1] != -3 {
		t.Errorf("−(1 + 2⁻¹⁰) and −3 by way of bfloat16 are %v, want −1 and −3", got)
	}
}

// TestBiasesAreRoundedLikeTheGraph converts a bias to bfloat16 on its way into a product that takes
// biases in float32.
func TestBiasesAreRoundedLikeTheGraph(t *testing.T) {
	b := open(t, "parallelism=2")
	zero := []bfloat16.BFloat16{0, 0}
	got := evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
		a, w := testutil.Must1(f.Reshape(x[0], 1, 2)), testutil.Must1(f.Reshape(x[0], 1, 2))
		sum := testutil.Must1(f.DotGeneral(a, []int{1}, nil, w, []int{1}, nil,
			compute.DotGeneralConfig{OutputDType: dtypes.Float32}))
		bias := testutil.Must1(f.ConvertDType(testutil.Must1(f.ConvertDType(x[1], dtypes.BFloat16)), dtypes.Float32))
		return testutil.Must1(f.Add(sum,
			testutil.Must1(f.BroadcastInDim(bias, shapes.Make(dtypes.Float32, 1, 1), []int{1}))))
	}, zero, []float32{1 + 0x1p-10}).([]float32)
	if got[0] != 1 {
		t.Errorf("a bias of 1 + 2⁻¹⁰ converted to bfloat16 is %g, want 1", got[0])
	}
}
