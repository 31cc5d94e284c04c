package vec

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkFunctions runs functions over 4096 elements, which stay in the nearest caches.
func BenchmarkFunctions(b *testing.B) {
	const n = 4096
	v := finite(rand.New(rand.NewPCG(1, 2)), n, 8)
	dst, mask, halves := make([]float32, n), make([]bool, n), make([]uint16, n)
	a := &AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 1, RootCorrection: 1}
	for _, f := range []struct {
		name string
		run  func()
	}{
		{"Add", func() { Add(dst, v[0], v[1]) }},
		{"MulScalar", func() { MulScalar(dst, v[0], 3) }},
		{"Div", func() { Div(dst, v[0], v[1]) }},
		{"Max", func() { Max(dst, v[0], v[1]) }},
		{"Select", func() { Select(dst, mask, v[0], v[1]) }},
		{"Less", func() { Less(mask, v[0], v[1]) }},
		{"Exp", func() { Exp(dst, v[0]) }},
		{"Log", func() { Log(dst, v[0]) }},
		{"Tanh", func() { Tanh(dst, v[0]) }},
		{"Erf", func() { Erf(dst, v[0]) }},
		{"GELU", func() { GELU(dst, v[0]) }},
		{"GELUGrad", func() { GELUGrad(dst, v[0], v[1]) }},
		{"GELUTanh", func() { GELUTanh(dst, v[0]) }},
		{"Sum", func() { Sum(v[0]) }},
		{"Dot", func() { Dot(v[0], v[1]) }},
		{"MaxOf", func() { MaxOf(v[0]) }},
		{"Softmax", func() { Softmax(dst, v[0]) }},
		{"LayerNorm", func() { LayerNorm(dst, v[0], v[1], v[2], 1e-6) }},
		{"LayerNormGrad", func() { LayerNormGrad(dst, v[0], v[1], v[2], 0, 1, v[3], v[4]) }},
		{"ToBF16", func() { ToBF16(halves, v[0]) }},
		{"FromBF16", func() { FromBF16(dst, halves) }},
		{"AdamW", func() { a.Step(v[3], v[4], v[5], v[6], v[7]) }},
		{"Transpose", func() { Transpose(dst, 64, v[0], 64, 64, 64) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				f.run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
