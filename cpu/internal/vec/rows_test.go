package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// withLevels runs a test of the exported functions with the kernels of every level.
func withLevels(t *testing.T, test func(t *testing.T)) {
	before := active
	t.Cleanup(func() { active = before })
	for _, level := range isa.Available() {
		active = kernelsOf(level)
		t.Run(level.String(), test)
	}
}

// row draws a row of ordinary numbers and its copy in float64.
func row(t *rapid.T, random *rand.Rand, n int) ([]float32, []float64) {
	x := finite(random, n, 1)[0]
	wide := make([]float64, n)
	for i, v := range x {
		wide[i] = float64(v)
	}
	return x, wide
}

func wantRow(t *rapid.T, name string, got []float32, tolerance float64, want func(i int) float64) {
	t.Helper()
	for i, g := range got {
		if w := want(i); !(math.Abs(float64(g)-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s: element %d of %d is %g, want %g", name, i, len(got), g, w)
		}
	}
}

func drawRow(t *rapid.T) (int, *rand.Rand) {
	return rapid.IntRange(1, 200).Draw(t, "n"), rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
}

func TestSoftmaxRows(t *testing.T) {
	withLevels(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n, random := drawRow(t)
			x, wide := row(t, random, n)
			dy, wideDY := row(t, random, n)
			sum, dot := 0.0, 0.0
			for _, v := range wide {
				sum += math.Exp(v)
			}
			y := func(i int) float64 { return math.Exp(wide[i]) / sum }
			for i := range n {
				dot += wideDY[i] * y(i)
			}
			got := make([]float32, n)
			Softmax(got, x)
			wantRow(t, "softmax", got, 1e-6, y)
			grad := make([]float32, n)
			SoftmaxGrad(grad, dy, got, 1, 2)
			wantRow(t, "gradient", grad, 1e-6, func(i int) float64 { return 2 * (wideDY[i] - dot) * y(i) })
			MulScalar(got, got, 1.5)
			SoftmaxGrad(grad, dy, got, 1.5, 2)
			wantRow(t, "gradient of probabilities that are 1.5 too large", grad, 1e-6,
				func(i int) float64 { return 2 * (wideDY[i] - dot) * y(i) })
			LogSoftmax(got, x)
			wantRow(t, "log-softmax", got, 1e-6, func(i int) float64 { return wide[i] - math.Log(sum) })
		})
	})
}

func TestLayerNormRows(t *testing.T) {
	const eps = 1e-6
	withLevels(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n, random := drawRow(t)
			n++ // of a single element the variance is 0
			x, wide := row(t, random, n)
			weight, wideWeight := row(t, random, n)
			bias, wideBias := row(t, random, n)
			dy, wideDY := row(t, random, n)
			mean, square := 0.0, 0.0
			for _, v := range wide {
				mean += v / float64(n)
			}
			for _, v := range wide {
				square += (v - mean) * (v - mean) / float64(n)
			}
			rstd := 1 / math.Sqrt(square+eps)
			xhat := func(i int) float64 { return (wide[i] - mean) * rstd }
			got := make([]float32, n)
			gotMean, gotRstd := LayerNorm(got, x, weight, bias, eps)
			wantRow(t, "mean and rstd", []float32{gotMean, gotRstd}, 1e-5,
				func(i int) float64 { return []float64{mean, rstd}[i] })
			wantRow(t, "norm", got, 1e-5*(1+rstd), func(i int) float64 { return xhat(i)*wideWeight[i] + wideBias[i] })
			LayerNorm(got, x, nil, nil, eps)
			wantRow(t, "plain norm", got, 1e-5*(1+rstd), xhat)
			sum, dot := 0.0, 0.0
			for i := range n {
				sum += wideDY[i] * wideWeight[i] / float64(n)
				dot += wideDY[i] * wideWeight[i] * xhat(i) / float64(n)
			}
			dweight, dbias := make([]float32, n), clone(bias)
			LayerNormGrad(dy, dy, x, weight, gotMean, gotRstd, dweight, dbias)
			wantRow(t, "gradient", dy, 1e-5*(1+rstd*rstd),
				func(i int) float64 { return rstd * (wideDY[i]*wideWeight[i] - sum - xhat(i)*dot) })
			wantRow(t, "gradient of weight", dweight, 1e-5*(1+rstd), func(i int) float64 { return wideDY[i] * xhat(i) })
			wantRow(t, "gradient of bias", dbias, 1e-5, func(i int) float64 { return wideDY[i] + wideBias[i] })
		})
	})
}

// TestAlignmentDoesNotMatter checks that results have the same bits at any alignment of a slice.
func TestAlignmentDoesNotMatter(t *testing.T) {
	withLevels(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(5, 6))
		x := finite(random, 203, 1)[0]
		results := func(shift int) []float32 {
			moved := append(make([]float32, shift), x...)[shift:]
			dst := make([]float32, shift+len(x))[shift:]
			GELU(dst, moved)
			out := append(clone(dst), Sum(moved), Dot(moved, dst), SquaredDistance(moved, 0.1),
				ExpShift(dst, moved, 1, 2))
			return append(out, dst...)
		}
		want := results(0)
		for shift := 1; shift < 17; shift++ {
			if !slices.Equal(results(shift), want) {
				t.Errorf("slices that begin %d elements later give other bits", shift)
			}
		}
	})
}

func TestComparisons(t *testing.T) {
	nan := float32(math.NaN())
	x, y := []float32{1, 2, 3, nan}, []float32{2, 2, 2, 1}
	got := make([]bool, 4)
	for _, c := range []struct {
		name    string
		compare func(dst []bool, x, y []float32)
		want    []bool
	}{
		{"Less", Less, []bool{true, false, false, false}},
		{"LessEqual", LessEqual, []bool{true, true, false, false}},
		{"Equal", Equal, []bool{false, true, false, false}},
	} {
		if c.compare(got, x, y); !slices.Equal(got, c.want) {
			t.Errorf("%s is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestUnequalLengthsPanic(t *testing.T) {
	for _, f := range []struct {
		message string
		call    func()
	}{
		{
			"Add of slices with 3, 3 and 2 elements",
			func() { Add(make([]float32, 3), make([]float32, 3), make([]float32, 2)) },
		},
		{"Exp of slices with 3 and 4 elements", func() { Exp(make([]float32, 3), make([]float32, 4)) }},
		{"AdamW.Step of slices with 2 and 1 elements", func() {
			x := make([]float32, 2)
			new(AdamW).Step(x, x, x, x[:1], x)
		}},
		{"LogSoftmax in place", func() { x := make([]float32, 2); LogSoftmax(x, x) }},
	} {
		err := caught(f.call)
		if err == nil || !strings.Contains(err.Error(), f.message) {
			t.Errorf("panic %v, want %q", err, f.message)
		}
	}
}

func caught(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// TestBFloat16Rows compares functions of bfloat16 with those of float32, rounded.
func TestBFloat16Rows(t *testing.T) {
	withLevels(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n, random := drawRow(t)
			x, _ := row(t, random, n)
			y, _ := row(t, random, n)
			narrow, other := make([]uint16, n), make([]uint16, n)
			ToBF16(narrow, y)
			FromBF16(y, narrow)
			wide, want, got := make([]float32, n), make([]uint16, n), make([]uint16, n)

			sum := ExpShift(wide, x, 0.7, 1.5)
			ToBF16(want, wide)
			if s := ExpShiftBF16(got, x, 0.7, 1.5); s != sum || !slices.Equal(got, want) {
				t.Fatalf("ExpShiftBF16 gives %v and sum %g, want %v and %g", got, s, want, sum)
			}
			SoftmaxGrad(wide, x, y, 0.7, 0.3)
			ToBF16(want, wide)
			SoftmaxGradBF16(got, x, narrow, 0.7, 0.3)
			if !slices.Equal(got, want) {
				t.Fatalf("SoftmaxGradBF16 gives %v, want %v", got, want)
			}
			ToBF16(other, x)
			FromBF16(x, other)
			GELU(wide, x)
			ToBF16(want, wide)
			if GELUBF16(got, other); !slices.Equal(got, want) {
				t.Fatalf("GELUBF16 gives %v, want %v", got, want)
			}
			GELUGrad(wide, y, x)
			ToBF16(want, wide)
			sums, wantSums := clone(x), clone(x)
			Add(wantSums, wantSums, wide)
			if GELUGradBF16(got, narrow, other, sums); !slices.Equal(got, want) || !slices.Equal(sums, wantSums) {
				t.Fatalf("GELUGradBF16 gives %v and %v, want %v and %v", got, sums, want, wantSums)
			}
			if d, w := DotBF16(x, narrow), Dot(x, y); d != w {
				t.Fatalf("DotBF16 gives %g, want %g", d, w)
			}
		})
	})
}
