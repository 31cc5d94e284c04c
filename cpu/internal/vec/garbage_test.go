package vec

import "testing"

// No function allocates, on any level: a step of training calls them by the hundred thousand.
func TestNoGarbage(t *testing.T) {
	const n = 3*chunk + 5
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	a, b := make([]uint16, n), make([]uint16, n)
	withLevels(t, func(t *testing.T) {
		for name, call := range map[string]func(){
			"Add": func() { Add(z, x, y) }, "MulAdd": func() { MulAdd(z, x, y, 2) }, "Exp": func() { Exp(z, x) },
			"Log":  func() { Log(z, x) },
			"GELU": func() { GELU(z, x) }, "GELUGrad": func() { GELUGrad(z, x, y) },
			"GELUTanhGrad": func() { GELUTanhGrad(z, x, y) },
			"GELUBF16":     func() { GELUBF16(a, b) }, "GELUGradBF16": func() { GELUGradBF16(a, a, b, z) },
			"AddBF16":  func() { AddBF16(z, a) },
			"FromBF16": func() { FromBF16(z, a) }, "ToBF16": func() { ToBF16(a, z) },
			"RoundBF16": func() { RoundBF16(z, x) },
			"Softmax":   func() { Softmax(z, x) }, "SoftmaxGrad": func() { SoftmaxGrad(z, x, y, 1, 1) },
			"SoftmaxGradBF16": func() { SoftmaxGradBF16(a, x, b, 1, 1) },
			"ExpShiftBF16":    func() { ExpShiftBF16(a, x, 1, 0) }, "Dot": func() { Dot(x, y) },
			"DotBF16":       func() { DotBF16(x, a) },
			"LayerNorm":     func() { LayerNorm(z, x, x, y, 1) },
			"LayerNormGrad": func() { LayerNormGrad(z, x, x, x, 0, 1, y, y) },
			"Transpose":     func() { Transpose(z, 7, x, 11, 7, 11) },
			"Transpose16":   func() { Transpose16(a, 7, b, 11, 7, 11) },
		} {
			if allocations := testing.AllocsPerRun(10, call); allocations > 0 {
				t.Errorf("%s: %g allocations a call, want none", name, allocations)
			}
		}
	})
}

func TestAddBF16(t *testing.T) {
	withLevels(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 7, chunk - 1, chunk, chunk + 1, 3*chunk + 17} {
			dst, x, want := make([]float32, n), make([]float32, n), make([]float32, n)
			narrow := make([]uint16, n)
			for i := range x {
				x[i], dst[i] = float32(i%113)/4, float32(i) // exact in bfloat16, and so is the sum in float32
				want[i] = dst[i] + x[i]
			}
			ToBF16(narrow, x)
			AddBF16(dst, narrow)
			for i := range dst {
				if dst[i] != want[i] {
					t.Fatalf("element %d of %d is %g, want %g", i, n, dst[i], want[i])
				}
			}
		}
	})
}
