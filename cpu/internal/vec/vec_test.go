package vec

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// forLevels runs a test with the kernels of every level above the portable one that runs here.
func forLevels(t *testing.T, test func(t *testing.T, k *kernels)) {
	for _, level := range isa.Available() {
		if level == isa.Portable || level == isa.AVX512BF16 {
			continue
		}
		t.Run(level.String(), func(t *testing.T) {
			k := kernelsOf(level)
			test(t, &k)
		})
	}
}

// ulps is the distance between two float32 in units in the last place; 0 for two NaNs, and for
// zeros of either sign.
func ulps(a, b float32) float64 {
	switch {
	case a == b || a != a && b != b:
		return 0
	case a != a || b != b:
		return math.Inf(1)
	}
	order := func(v float32) int64 {
		bits := int64(math.Float32bits(v) &^ (1 << 31))
		if math.Signbit(float64(v)) {
			return -bits
		}
		return bits
	}
	return math.Abs(float64(order(a) - order(b)))
}

// function is an elementwise function under test.
type function struct {
	name   string
	kernel func(k *kernels) func(dst, x []float32)
	exact  func(x float64) float64
	ulps   float64
	// absolute, where not 0, is an error that is accepted whatever the size of the result, in units
	// of 2⁻²⁴.
	absolute float64
}

var inexact = []function{
	{"exp", func(k *kernels) func(dst, x []float32) { return k.exp }, math.Exp, 1, 0},
	{"log", func(k *kernels) func(dst, x []float32) { return k.log }, math.Log, 1, 0},
	{"tanh", func(k *kernels) func(dst, x []float32) { return k.tanh }, math.Tanh, 2, 0},
	{"erf", func(k *kernels) func(dst, x []float32) { return k.erf }, math.Erf, 2, 0},
	{
		"sigmoid", func(k *kernels) func(dst, x []float32) { return k.sigmoid },
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2, 0,
	},
	{
		"silu", func(k *kernels) func(dst, x []float32) { return k.silu },
		func(x float64) float64 { return x / (1 + math.Exp(-x)) }, 3, 1e-9,
	},
	{
		"gelu", func(k *kernels) func(dst, x []float32) { return k.gelu },
		func(x float64) float64 { return x * normalCDF(x) }, 2, 1,
	},
	{"geluTanh", func(k *kernels) func(dst, x []float32) { return k.geluTanh }, func(x float64) float64 {
		return x / (1 + math.Exp(-2*geluRoot*(x+geluCubic*x*x*x)))
	}, 3, 1},
	{
		"rsqrt", func(k *kernels) func(dst, x []float32) { return k.rsqrt },
		func(x float64) float64 { return 1 / math.Sqrt(x) }, 1, 0,
	},
}

// TestFunctionsOverAllNumbers compares with package math over a lattice of all bit patterns of a
// float32, which takes in subnormal numbers, infinities and NaNs, and over a dense lattice of the
// numbers of ordinary size.
func TestFunctionsOverAllNumbers(t *testing.T) {
	x := make([]float32, 0, 1<<20)
	for bits := uint64(0); bits < 1<<32; bits += 9973 {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for i := range 1 << 18 {
		x = append(x, float32(i-1<<17)/(1<<13)*1.0000001)
	}
	x = append(x, 0, float32(math.Copysign(0, -1)), 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)),
		float32(math.NaN()), math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, 88.72283, 88.72284, -87.33655, -103.97208, -103.97209)
	test := func(t *testing.T, k *kernels) {
		got := make([]float32, len(x))
		for _, f := range inexact {
			f.kernel(k)(got, x)
			worst, at := 0.0, float32(0)
			for i, v := range x {
				want := float32(f.exact(float64(v)))
				if f.absolute > 0 && math.Abs(float64(got[i]-want)) <= f.absolute/(1<<24) {
					continue
				}
				if d := ulps(got[i], want); d > worst {
					worst, at = d, v
				}
			}
			t.Logf("%s: %g units in the last place, at %g", f.name, worst, at)
			if worst > f.ulps {
				f.kernel(k)(got[:1], []float32{at})
				t.Errorf("%s(%g) = %g, want %g", f.name, at, got[0], f.exact(float64(at)))
			}
		}
	}
	forLevels(t, test)
	// The portable loops are what the kernels are compared with, and are compared with nothing
	// else.
	t.Run("portable", func(t *testing.T) { test(t, &portable) })
}

// values draws slices of a common length, with special numbers among them.
func values(t *rapid.T, random *rand.Rand, n, slices int) [][]float32 {
	special := []float32{0, 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-40, 3e38}
	share := rapid.SampledFrom([]float64{0, 0.02, 0.3}).Draw(t, "special")
	all := make([][]float32, slices)
	for s := range all {
		start := random.IntN(16) // so that the slices are not aligned
		all[s] = make([]float32, start+n)[start:]
		for i := range all[s] {
			all[s][i] = float32(random.NormFloat64() * 3)
			if random.Float64() < share {
				all[s][i] = special[random.IntN(len(special))]
			}
		}
	}
	return all
}

func clone(x []float32) []float32 { return append(make([]float32, 0, len(x)), x...) }

// near wants equal slices, but for a few units in the last place.
func near(t *rapid.T, name string, got, want []float32, most float64) {
	t.Helper()
	for i := range want {
		if !(ulps(got[i], want[i]) <= most) && !(math.Abs(float64(got[i]-want[i])) < 1e-6*most) {
			t.Fatalf("%s: element %d of %d is %g, want %g", name, i, len(want), got[i], want[i])
		}
	}
}

// check draws inputs, and runs a test with a kernel and its portable loop.
func check(t *testing.T, k *kernels, test func(t *rapid.T, k, portable *kernels, n int, random *rand.Rand)) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 300)).Draw(t, "n")
		test(t, k, &portable, n, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
	})
}

func TestElementwiseMatchesPortable(t *testing.T) {
	forLevels(t, func(t *testing.T, k *kernels) {
		check(t, k, func(t *rapid.T, k, p *kernels, n int, random *rand.Rand) {
			v := values(t, random, n, 4)
			s := values(t, random, 1, 1)[0][0]
			got, want := make([]float32, n), make([]float32, n)
			for i, f := range []func(k *kernels, dst []float32){
				func(k *kernels, dst []float32) { k.add(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.sub(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.mul(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.div(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.max(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.min(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.addScalar(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.scalarSub(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.mulScalar(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.divScalar(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.scalarDiv(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.maxScalar(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.minScalar(dst, v[0], s) },
				func(k *kernels, dst []float32) { k.neg(dst, v[0]) },
				func(k *kernels, dst []float32) { k.abs(dst, v[0]) },
				func(k *kernels, dst []float32) { k.sqrt(dst, v[0]) },
				func(k *kernels, dst []float32) { k.roundBF16(dst, v[0]) },
				func(k *kernels, dst []float32) { k.subMul(dst, v[0], v[1], s, 1) },
				func(k *kernels, dst []float32) { k.normalize(dst, v[0], s, 2) },
				func(k *kernels, dst []float32) { k.sel(dst, bools(n, s), v[0], v[1]) },
				func(k *kernels, dst []float32) { copy(dst, v[0]); k.add(dst, dst, v[1]) },
				func(k *kernels, dst []float32) {
					halves := make([]uint16, n)
					k.toBF16(halves, v[0])
					k.fromBF16(dst, halves)
				},
			} {
				f(k, got)
				f(p, want)
				near(t, string(rune('a'+i)), got, want, 0)
			}
		})
	})
}

func bools(n int, s float32) []bool {
	mask := make([]bool, n)
	for i := range mask {
		mask[i] = (uint32(i*i)^math.Float32bits(s))&4 == 0
	}
	return mask
}

// finite draws slices of ordinary numbers.
func finite(random *rand.Rand, n, slices int) [][]float32 {
	all := make([][]float32, slices)
	for s := range all {
		all[s] = make([]float32, n)
		for i := range all[s] {
			all[s][i] = float32(random.NormFloat64())
		}
	}
	return all
}

func TestFusedMatchPortable(t *testing.T) {
	forLevels(t, func(t *testing.T, k *kernels) {
		check(t, k, func(t *rapid.T, k, p *kernels, n int, random *rand.Rand) {
			v := finite(random, n, 5)
			for i, f := range []func(k *kernels, dst []float32){
				func(k *kernels, dst []float32) { k.fma(dst, v[0], v[1], v[2]) },
				func(k *kernels, dst []float32) { copy(dst, v[0]); k.axpy(dst, v[1], 0.3) },
				func(k *kernels, dst []float32) { k.mulAdd(dst, v[0], v[1], 0.3) },
				func(k *kernels, dst []float32) { k.subMul(dst, v[0], v[1], 0.3, 0.7) },
				func(k *kernels, dst []float32) { k.geluGrad(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.geluTanhGrad(dst, v[0], v[1]) },
				func(k *kernels, dst []float32) { k.normalizeAffine(dst, v[0], v[1], v[2], 0.1, 2) },
				func(k *kernels, dst []float32) { k.normGrad(dst, v[0], v[1], v[2], 0.1, 2, 0.3, 0.4) },
			} {
				got, want := make([]float32, n), make([]float32, n)
				f(k, got)
				f(p, want)
				near(t, string(rune('a'+i)), got, want, 4)
			}
		})
	})
}

func TestReductionsMatchPortable(t *testing.T) {
	forLevels(t, func(t *testing.T, k *kernels) {
		check(t, k, func(t *rapid.T, k, p *kernels, n int, random *rand.Rand) {
			v := values(t, random, n, 2)
			near(t, "extrema", []float32{k.maxOf(v[0]), k.minOf(v[0])}, []float32{p.maxOf(v[0]), p.minOf(v[0])}, 0)
			v = finite(random, n, 5)
			dst, again := make([]float32, n), make([]float32, n)
			all := func(k *kernels, dst []float32) []float32 {
				dweight, dbias := clone(v[3]), clone(v[4])
				sum, dot := k.normGradSums(v[0], v[1], v[2], dweight, dbias, 0.1, 2)
				shifted := k.expShift(dst, v[0], 0.5, 3)
				return append(append([]float32{
					k.sum(v[0]), k.dot(v[0], v[1]), k.squaredDistance(v[0], 0.2), sum, dot,
					shifted,
				}, dweight...), dbias...)
			}
			near(t, "sums", all(k, dst), all(p, again), 40)
			near(t, "numerators", dst, again, 4)
		})
	})
}

func TestAdamWMatchesPortable(t *testing.T) {
	a := &AdamW{
		Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001, Eps: 1e-8, Decay: 0.9999,
		Rate: 1e-3, RootCorrection: 3, Momentum: 0.996, OneMinusMomentum: 0.004,
	}
	forLevels(t, func(t *testing.T, k *kernels) {
		check(t, k, func(t *rapid.T, k, p *kernels, n int, random *rand.Rand) {
			v := finite(random, n, 4)
			square := make([]float32, n)
			Mul(square, v[1], v[1])
			run := func(k *kernels, ema bool) (w, m, s, e []float32) {
				w, m, s, e = clone(v[0]), clone(v[1]), clone(square), clone(v[2])
				if ema {
					k.adamWEMA(a, w, m, s, e, v[3])
				} else {
					k.adamW(a, w, m, s, v[3])
				}
				return w, m, s, e
			}
			for _, ema := range []bool{false, true} {
				w, m, s, e := run(k, ema)
				wantW, wantM, wantS, wantE := run(p, ema)
				near(t, "w", w, wantW, 2)
				near(t, "m", m, wantM, 2)
				near(t, "v", s, wantS, 2)
				near(t, "ema", e, wantE, 2)
			}
		})
	})
}
