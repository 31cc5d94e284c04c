package eval

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// Every tile size, odd rows and odd columns included, gives the plain sums.
func TestDotProducts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, n := rapid.IntRange(1, 7).Draw(rt, "m"), rapid.IntRange(1, 11).Draw(rt, "n")
		cols := rapid.IntRange(1, 20).Draw(rt, "cols")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		a, b := NewMatrix(m, cols), NewMatrix(n, cols)
		for i := range a.Data {
			a.Data[i] = float32(rng.NormFloat64())
		}
		for i := range b.Data {
			b.Data[i] = float32(rng.NormFloat64())
		}
		got := make([]float32, m*n+1)
		got[m*n] = 42
		dotProducts(got, a.Data, b.Data, cols)
		want := make([]float32, 0, m*n)
		for i := range m {
			for j := range n {
				want = append(want, float32(dot64(a.Row(i), b.Row(j))))
			}
		}
		if !testkit.AllClose(t, "products", got[:m*n], want, 1e-5) || got[m*n] != 42 {
			rt.Fatalf("[%d, %d]·[%d, %d]ᵀ is wrong", m, cols, n, cols)
		}
	})
}
