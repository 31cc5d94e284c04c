package vec

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// exported are the functions of float32 slices as others call them: with the number of their
// slices, dst first, and their formula in float64.
var exported = []struct {
	name   string
	slices int
	call   func(v [4][]float32, s float32)
	want   func(x, y, z, s float64) float64
}{
	{
		"Add", 3, func(v [4][]float32, _ float32) { Add(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return x + y },
	},
	{
		"Sub", 3, func(v [4][]float32, _ float32) { Sub(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return x - y },
	},
	{
		"Mul", 3, func(v [4][]float32, _ float32) { Mul(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return x * y },
	},
	{
		"Div", 3, func(v [4][]float32, _ float32) { Div(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return x / y },
	},
	{
		"Max", 3, func(v [4][]float32, _ float32) { Max(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return max(x, y) },
	},
	{
		"Min", 3, func(v [4][]float32, _ float32) { Min(v[0], v[1], v[2]) },
		func(x, y, _, _ float64) float64 { return min(x, y) },
	},
	{
		"MulAdd", 3, func(v [4][]float32, s float32) { MulAdd(v[0], v[1], v[2], s) },
		func(x, y, _, s float64) float64 { return x*s + y },
	},
	{
		"MulScale", 3, func(v [4][]float32, s float32) { MulScale(v[0], v[1], v[2], s) },
		func(x, y, _, s float64) float64 { return x * y * s },
	},
	{
		"FMA", 4, func(v [4][]float32, _ float32) { FMA(v[0], v[1], v[2], v[3]) },
		func(x, y, z, _ float64) float64 { return x*y + z },
	},
	{
		"AddScalar", 2, func(v [4][]float32, s float32) { AddScalar(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return x + s },
	},
	{
		"ScalarSub", 2, func(v [4][]float32, s float32) { ScalarSub(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return s - x },
	},
	{
		"MulScalar", 2, func(v [4][]float32, s float32) { MulScalar(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return x * s },
	},
	{
		"DivScalar", 2, func(v [4][]float32, s float32) { DivScalar(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return x / s },
	},
	{
		"ScalarDiv", 2, func(v [4][]float32, s float32) { ScalarDiv(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return s / x },
	},
	{
		"MaxScalar", 2, func(v [4][]float32, s float32) { MaxScalar(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return max(x, s) },
	},
	{
		"MinScalar", 2, func(v [4][]float32, s float32) { MinScalar(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return min(x, s) },
	},
	{
		"AXPY", 2, func(v [4][]float32, s float32) { clear(v[0]); AXPY(v[0], v[1], s) },
		func(x, _, _, s float64) float64 { return s * x },
	},
	{"Neg", 2, func(v [4][]float32, _ float32) { Neg(v[0], v[1]) }, func(x, _, _, _ float64) float64 { return -x }},
	{
		"Abs", 2, func(v [4][]float32, _ float32) { Abs(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return math.Abs(x) },
	},
	{
		"Sqrt", 2, func(v [4][]float32, _ float32) { Abs(v[0], v[1]); Sqrt(v[0], v[0]) },
		func(x, _, _, _ float64) float64 { return math.Sqrt(math.Abs(x)) },
	},
	{
		"Rsqrt", 2, func(v [4][]float32, _ float32) { Abs(v[0], v[1]); Rsqrt(v[0], v[0]) },
		func(x, _, _, _ float64) float64 { return 1 / math.Sqrt(math.Abs(x)) },
	},
	{
		"Square", 2, func(v [4][]float32, _ float32) { Square(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return x * x },
	},
	{"RoundBF16", 2, func(v [4][]float32, _ float32) { RoundBF16(v[0], v[1]) }, func(x, _, _, _ float64) float64 {
		return float64(math.Float32frombits(uint32(bf16Of(float32(x))) << 16))
	}},
	{
		"Exp", 2, func(v [4][]float32, _ float32) { Exp(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return math.Exp(x) },
	},
	{
		"Log", 2, func(v [4][]float32, _ float32) { Abs(v[0], v[1]); Log(v[0], v[0]) },
		func(x, _, _, _ float64) float64 { return math.Log(math.Abs(x)) },
	},
	{
		"Tanh", 2, func(v [4][]float32, _ float32) { Tanh(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return math.Tanh(x) },
	},
	{
		"Erf", 2, func(v [4][]float32, _ float32) { Erf(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return math.Erf(x) },
	},
	{
		"Sigmoid", 2, func(v [4][]float32, _ float32) { Sigmoid(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return 1 / (1 + math.Exp(-x)) },
	},
	{
		"SiLU", 2, func(v [4][]float32, _ float32) { SiLU(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return x / (1 + math.Exp(-x)) },
	},
	{
		"GELU", 2, func(v [4][]float32, _ float32) { GELU(v[0], v[1]) },
		func(x, _, _, _ float64) float64 { return x * normalCDF(x) },
	},
	{"GELUTanh", 2, func(v [4][]float32, _ float32) { GELUTanh(v[0], v[1]) }, func(x, _, _, _ float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}},
	{"GELUGrad", 3, func(v [4][]float32, _ float32) { GELUGrad(v[0], v[1], v[2]) }, func(dy, x, _, _ float64) float64 {
		return dy * (normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
	}},
	{
		"GELUTanhGrad", 3, func(v [4][]float32, _ float32) { GELUTanhGrad(v[0], v[1], v[2]) },
		func(dy, x, _, _ float64) float64 {
			th := math.Tanh(math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x))
			return dy * ((1+th)/2 + x/2*(1-th*th)*math.Sqrt(2/math.Pi)*(1+3*0.044715*x*x))
		},
	},
	{
		"Affine", 4, func(v [4][]float32, s float32) { Affine(v[0], v[1], v[2], v[3], s) },
		func(x, w, b, s float64) float64 { return x*s*w + b },
	},
}

// TestExportedFunctions compares each function with its formula, by each instruction set and the
// portable loops alike.
func TestExportedFunctions(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	v := [4][]float32{}
	for i, x := range finite(random, 67, 4) {
		v[i] = x
	}
	const s = float32(0.7)
	withLevels(t, func(t *testing.T) {
		for _, f := range exported {
			for i := range v[0] {
				v[0][i] = float32(math.NaN())
			}
			f.call(v, s)
			for i, got := range v[0] {
				want := f.want(float64(v[1][i]), float64(v[2][i]), float64(v[3][i]), float64(s))
				if !(math.Abs(float64(got)-want) <= 2e-6*(1+math.Abs(want))) {
					t.Errorf("%s: element %d is %g, want %g", f.name, i, got, want)
					break
				}
			}
		}
	})
}

// TestExportedFunctionsRefuseUnequalLengths makes one slice after another too short.
func TestExportedFunctionsRefuseUnequalLengths(t *testing.T) {
	wide := [4][]float32{make([]float32, 5), make([]float32, 5), make([]float32, 5), make([]float32, 5)}
	refuses := func(name string, call func()) {
		t.Helper()
		if err := caught(call); err == nil || !strings.Contains(err.Error(), " of slices with ") {
			t.Errorf("%s of slices with unequal lengths: panic %v", name, err)
		}
	}
	for _, f := range exported {
		for short := range f.slices {
			v := wide
			v[short] = v[short][:4]
			refuses(f.name, func() { f.call(v, 1) })
		}
	}
	halves, few, x, y := make([]uint16, 5), make([]uint16, 4), wide[0], wide[1][:4]
	mask := make([]bool, 5)
	for name, call := range map[string]func(){
		"FromBF16": func() { FromBF16(x, few) }, "ToBF16": func() { ToBF16(few, x) },
		"RoundBF16": func() { RoundBF16(y, x) },
		"Sqrt":      func() { Sqrt(x, y) }, "Rsqrt": func() { Rsqrt(x, y) }, "Log": func() { Log(x, y) },
		"Less": func() { Less(mask, x, y) }, "LessEqual": func() { LessEqual(mask, y, x) },
		"Equal":  func() { Equal(mask[:4], x, x) },
		"Select": func() { Select(x, mask, x, y) }, "Select's mask": func() { Select(x, mask[:4], x, x) },
		"ExpShift": func() { ExpShift(x, y, 1, 0) }, "ExpShiftBF16": func() { ExpShiftBF16(few, x, 1, 0) },
		"Dot": func() { Dot(x, y) }, "DotBF16": func() { DotBF16(x, few) },
		"Softmax": func() { Softmax(x, y) }, "LogSoftmax": func() { LogSoftmax(x, y) },
		"SoftmaxGrad":              func() { SoftmaxGrad(x, x, y, 1, 1) },
		"SoftmaxGradBF16":          func() { SoftmaxGradBF16(halves, x, few, 1, 1) },
		"SoftmaxGradBF16 into few": func() { SoftmaxGradBF16(few, x, halves, 1, 1) },
		"GELUBF16":                 func() { GELUBF16(halves, few) },
		"GELUGradBF16":             func() { GELUGradBF16(halves, few, halves, x) },
		"GELUGradBF16's sum":       func() { GELUGradBF16(halves, halves, halves, y) },
		"LayerNorm":                func() { LayerNorm(x, y, nil, nil, 1) },
		"LayerNorm's weight":       func() { LayerNorm(x, x, y, x, 1) },
		"LayerNorm's bias":         func() { LayerNorm(x, x, x, y, 1) },
		"LayerNorm's only one":     func() { LayerNorm(x, x, y, nil, 1) },
		"LayerNorm's only bias":    func() { LayerNorm(x, x, nil, y, 1) },
		"LayerNormGrad":            func() { LayerNormGrad(x, y, x, x, 0, 1, x, x) },
		"LayerNormGrad's weight":   func() { LayerNormGrad(x, x, x, y, 0, 1, x, x) },
		"LayerNormGrad's sums":     func() { LayerNormGrad(x, x, x, x, 0, 1, x, y) },
	} {
		refuses(name, call)
	}
}

// TestEmptyRows checks that functions of empty rows access no memory.
func TestEmptyRows(t *testing.T) {
	withLevels(t, func(t *testing.T) {
		if mean, rstd := LayerNorm(nil, nil, nil, nil, 1); mean != 0 || rstd != 0 {
			t.Errorf("the layer norm of an empty row is %g and %g, want zeros", mean, rstd)
		}
		LayerNormGrad(nil, nil, nil, nil, 0, 1, nil, nil)
		Softmax(nil, nil)
		LogSoftmax(nil, nil)
		TransposeWords(nil, 0, nil, 0, 0, 3)
		TransposeWords(nil, 0, nil, 0, 3, 0)
		if got := [3]float32{Sum(nil), MaxOf(nil), MinOf(nil)}; got != [3]float32{
			0, float32(math.Inf(-1)),
			float32(math.Inf(1)),
		} {
			t.Errorf("sum, maximum and minimum of no elements are %v", got)
		}
	})
}

// TestLayerNormWithOneOfWeightAndBias checks that a missing weight counts as 1 and a missing bias
// as 0.
func TestLayerNormWithOneOfWeightAndBias(t *testing.T) {
	const n = 37
	v := finite(rand.New(rand.NewPCG(3, 4)), n, 3)
	x, weight, bias := v[0], v[1], v[2]
	ones, zeros := make([]float32, n), make([]float32, n)
	Fill(ones, 1)
	withLevels(t, func(t *testing.T) {
		for _, c := range []struct {
			name                               string
			weight, bias, fullWeight, fullBias []float32
		}{{"weight", weight, nil, weight, zeros}, {"bias", nil, bias, ones, bias}, {"neither", nil, nil, ones, zeros}} {
			got, want := make([]float32, n), make([]float32, n)
			LayerNorm(got, x, c.weight, c.bias, 1e-6)
			LayerNorm(want, x, c.fullWeight, c.fullBias, 1e-6)
			for i := range want {
				if !(math.Abs(float64(got[i]-want[i])) <= 1e-6*(1+math.Abs(float64(want[i])))) {
					t.Fatalf("with %s alone element %d is %g, want %g", c.name, i, got[i], want[i])
				}
			}
		}
	})
}
