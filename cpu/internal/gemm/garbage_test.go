package gemm

import (
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// Products leave nothing for the garbage collector once their scratch memory is there, whatever the
// engine and the epilogue.
func TestNoGarbage(t *testing.T) {
	for _, level := range isa.Available() {
		t.Run("f32/"+level.String(), func(t *testing.T) { checkGarbage(t, enginesF32()[level], float32s) })
		t.Run("bf16/"+level.String(), func(t *testing.T) { checkGarbage(t, enginesBF16()[level], bf16s) })
	}
}

func checkGarbage[T Element](t *testing.T, e *engine[T], data func(random *rand.Rand, n int) []T) {
	const m, n, k = 37, 70, 50
	c := newCall[T]()
	for _, layout := range []string{"nn", "nt", "tn", "tt"} {
		for name, change := range map[string]func(p *Product[T]){
			"plain":    func(*Product[T]) {},
			"bfloat16": func(p *Product[T]) { p.C.F32, p.C.BF16 = nil, make([]uint16, m*n) },
			"sum in bfloat16": func(p *Product[T]) {
				p.C.F32, p.C.BF16, p.Epilogue.Accumulate = nil, make([]uint16, m*n), true
			},
			"all": func(p *Product[T]) {
				p.Epilogue = Epilogue{
					Scale: 2, Accumulate: true, Bias: make([]float32, n), Activation: GELU,
					ColScale: make([]float32, n),
					Residual: View{BF16: make([]uint16, m*n), RowStride: n},
				}
			},
		} {
			p := plainProduct(m, n, k, 1, layout, data)
			change(p)
			if allocations := testing.AllocsPerRun(5,
				func() { c.begin(p, e); c.compute(nil); c.end() }); allocations > 0 {
				t.Errorf("%s, %s: %g allocations, want none", layout, name, allocations)
			}
		}
	}
}
