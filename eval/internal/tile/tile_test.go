package tile

import (
	"math"
	"math/rand/v2"
	"testing"
)

// draw returns n random vectors.
func draw(rng *rand.Rand, n, depth int) [][]float32 {
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = make([]float32, depth)
		for k := range vectors[i] {
			vectors[i][k] = float32(rng.NormFloat64())
		}
	}
	return vectors
}

// pack packs both sides.
func pack(a, b [][]float32) (PackedRows, PackedColumns) {
	rows, columns := make(PackedRows, len(a[0])), make(PackedColumns, len(b[0]))
	rows.Set((*[Rows][]float32)(a), &[Rows]float32{1, 1, 1, 1})
	for c, vector := range b {
		columns.Set(c, vector, 1)
	}
	return rows, columns
}

// checkProducts compares one version with float64 sums.
func checkProducts(t *testing.T, multiply func(dst *Block, rows PackedRows, columns PackedColumns)) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, depth := range []int{0, 1, 2, 5, 33, 300} {
		a, b := draw(rng, Rows, depth), draw(rng, Columns, depth)
		rows, columns := pack(a, b)
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

// checkAbove compares one version with the definition.
func checkAbove(t *testing.T, above func(dst *[Rows]uint32, products *Block, floors *[Columns]float32)) {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 4))
	var products Block
	var floors [Columns]float32
	for i := range products {
		products[i] = float32(rng.IntN(3))
	}
	for c := range floors {
		floors[c] = float32(rng.IntN(3))
	}
	floors[3], floors[31] = float32(math.Inf(-1)), float32(math.Inf(1))
	dst := [Rows]uint32{1, 2, 3, 4} // what was there does not matter
	above(&dst, &products, &floors)
	for i, v := range products {
		r, c := i/Columns, i%Columns
		if got, want := dst[r]>>c&1 == 1, v > floors[c]; got != want {
			t.Errorf("[%d, %d]: %v above %v is %v", r, c, v, floors[c], got)
		}
	}
}

func TestAbove(t *testing.T) { checkAbove(t, Above) }

func TestAbovePortable(t *testing.T) { checkAbove(t, abovePortable) }

func TestPackedRowsSet(t *testing.T) {
	p := make(PackedRows, 2)
	p.Set(&[Rows][]float32{{1, 2}, {3, 4}, {5, 6}, {7, 8}}, &[Rows]float32{1, 2, 3, 10})
	if p[0] != [Rows]float32{1, 6, 15, 70} || p[1] != [Rows]float32{2, 8, 18, 80} {
		t.Errorf("packed %v", p)
	}
}

func TestPackedColumnsSetAndClear(t *testing.T) {
	p := make(PackedColumns, 2)
	for c := range Columns {
		p.Set(c, []float32{9, 9}, 1)
	}
	p.Set(1, []float32{2, 3}, 0.5)
	p.Clear(2)
	for k, want := range [][4]float32{{9, 1, 0, 9}, {9, 1.5, 0, 9}} {
		if [4]float32(p[k][:4]) != want {
			t.Errorf("component %d is %v, want %v", k, p[k][:4], want)
		}
	}
}

// A product must not depend on its place, or ties would depend on the order of
// the features.
func TestProductsAreTheSameInEveryPlace(t *testing.T) {
	x := draw(rand.New(rand.NewPCG(2, 2)), 1, 37)[0]
	var a, b [][]float32
	for range Rows {
		a = append(a, x)
	}
	for range Columns {
		b = append(b, x)
	}
	rows, columns := pack(a, b)
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
	rows, columns := make(PackedRows, depth), make(PackedColumns, depth)
	var dst Block
	for b.Loop() {
		Products(&dst, rows, columns)
	}
	b.ReportMetric(2*depth*Rows*Columns*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
