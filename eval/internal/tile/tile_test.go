package tile

import (
	"math"
	"math/rand/v2"
	"testing"
)

// packed draws vectors of the given depth and returns them with their packing.
func packed(rng *rand.Rand, side, depth int) (vectors [][]float32, all []float32) {
	all = make([]float32, depth*side)
	for at := range side {
		vector := make([]float32, depth)
		for k := range vector {
			vector[k] = float32(rng.NormFloat64())
		}
		Pack(all, side, at, vector, 1)
		vectors = append(vectors, vector)
	}
	return vectors, all
}

// checkProducts compares one version with float64 sums, for depths on both
// sides of any unrolling.
func checkProducts(t *testing.T, multiply func(dst *Block, rows, columns []float32)) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, depth := range []int{1, 2, 3, 5, 16, 33, 128, 300} {
		a, rows := packed(rng, Rows, depth)
		b, columns := packed(rng, Columns, depth)
		var dst Block
		dst[5] = 42 // what was there does not matter
		multiply(&dst, rows, columns)
		for r := range Rows {
			for c := range Columns {
				want := 0.0
				for k := range depth {
					want += float64(a[r][k]) * float64(b[c][k])
				}
				if got := float64(dst[r*Columns+c]); math.Abs(got-want) > 1e-4 {
					t.Errorf("depth %d: product [%d, %d] is %v, want %v", depth, r, c, got, want)
				}
			}
		}
	}
}

func TestProducts(t *testing.T) { checkProducts(t, Products) }

func TestMultiplyPortable(t *testing.T) { checkProducts(t, multiplyPortable) }

func TestPackScalesAndClearClears(t *testing.T) {
	all := []float32{9, 9, 9, 9, 9, 9}
	Pack(all, 3, 1, []float32{2, 3}, 0.5)
	Clear(all, 3, 2)
	for i, want := range []float32{9, 1, 0, 9, 1.5, 0} {
		if all[i] != want {
			t.Errorf("packed = %v: place %d should be %v", all, i, want)
		}
	}
}

func TestPackRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const depth = 5
	vectors, all := packed(rng, Rows, depth)
	var scales [Rows]float32
	for r := range scales {
		scales[r] = float32(r + 1)
	}
	got := make([]float32, depth*Rows)
	PackRows(got, (*[Rows][]float32)(vectors), &scales)
	for i, v := range got {
		if want := scales[i%Rows] * all[i]; v != want {
			t.Errorf("packed[%d] is %v, want %v", i, v, want)
		}
	}
}

// A product must not depend on its place, or ties would depend on the order of
// the features.
func TestProductsAreTheSameInEveryPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	const depth = 37
	x, _ := packed(rng, 1, depth)
	rows, columns := make([]float32, Rows*depth), make([]float32, Columns*depth)
	for r := range Rows {
		Pack(rows, Rows, r, x[0], 1)
	}
	for c := range Columns {
		Pack(columns, Columns, c, x[0], 1)
	}
	var dst Block
	Products(&dst, rows, columns)
	for i, v := range dst {
		if v != dst[0] {
			t.Fatalf("product %d is %v, product 0 of the same vectors %v", i, v, dst[0])
		}
	}
}

func BenchmarkProducts(b *testing.B) {
	const depth = 384
	rows, columns := make([]float32, depth*Rows), make([]float32, depth*Columns)
	var dst Block
	for b.Loop() {
		Products(&dst, rows, columns)
	}
	b.ReportMetric(2*depth*Rows*Columns*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
