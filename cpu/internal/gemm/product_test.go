package gemm

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

func TestBadProductsPanic(t *testing.T) {
	good := func() *Product[float32] { return plainProduct(3, 4, 5, 2, "nn", float32s) }
	for _, c := range []struct {
		message string
		spoil   func(p *Product[float32])
	}{
		{
			"gemm: [3, 5]·[5, 4], batch 2: A needs elements 15 to 29 for matrix 1: has 29",
			func(p *Product[float32]) { p.A.Data = p.A.Data[:29] },
		},
		{
			"B has 1 offsets: must have one for each of 2 matrices",
			func(p *Product[float32]) { p.B.Offsets = p.B.Offsets[:1] },
		},
		{"B needs elements -1 to", func(p *Product[float32]) { p.B.Offsets[0] = -1 }},
		{"C is nil", func(p *Product[float32]) { p.C.F32 = nil }},
		{"C has both F32 and BF16", func(p *Product[float32]) { p.C.BF16 = make([]uint16, 24) }},
		{"C has RowStride 3: must be at least N = 4", func(p *Product[float32]) { p.C.RowStride = 3 }},
		{
			"C has RowStride -4: must be at least N = 4",
			func(p *Product[float32]) { p.C.RowStride = -4; p.C.Offsets = []int{8, 20} },
		},
		{"C needs elements -8 to 3 for matrix 0", func(p *Product[float32]) { p.C.RowStride = -4 }},
		{"C needs elements 12 to 23 for matrix 1: has 23", func(p *Product[float32]) { p.C.F32 = p.C.F32[:23] }},
		{"Bias has 3 elements: must have N = 4", func(p *Product[float32]) { p.Epilogue.Bias = make([]float32, 3) }},
		{"ColScale has 5 elements", func(p *Product[float32]) { p.Epilogue.ColScale = make([]float32, 5) }},
		{
			"Residual needs elements",
			func(p *Product[float32]) { p.Epilogue.Residual = View{F32: make([]float32, 5), RowStride: 4} },
		},
		{"Residual has both F32 and BF16", func(p *Product[float32]) {
			p.Epilogue.Residual = View{F32: make([]float32, 24), BF16: make([]uint16, 24), RowStride: 4}
		}},
		{
			"A needs elements 0 to 14 for matrix 0: has 0",
			func(p *Product[float32]) { p.A = Operand[float32]{RowStride: 5, ColStride: 1} },
		},
		{"sizes must not be negative", func(p *Product[float32]) { p.M = -1 }},
		{"sizes must not be negative", func(p *Product[float32]) { p.N = -1 }},
		{"sizes must not be negative", func(p *Product[float32]) { p.K = -1 }},
		{"sizes must not be negative", func(p *Product[float32]) { p.Batch = -1 }},
		{
			"Packed holds 1 matrices [5, 3]",
			func(p *Product[float32]) { p.Packed = Pack(plainOperand(5, 3, 1), 5, 3, 1) },
		},
		{
			"Packed holds 1 matrices [4, 4]",
			func(p *Product[float32]) { p.Packed = Pack(plainOperand(4, 4, 1), 4, 4, 1) },
		},
		{
			"Packed holds 3 matrices [5, 4]",
			func(p *Product[float32]) { p.Packed = Pack(plainOperand(5, 4, 3), 5, 4, 3) },
		},
		{"Packed holds 0 matrices [0, 0]", func(p *Product[float32]) { p.Packed = &Packed[float32]{} }},
	} {
		p := good()
		c.spoil(p)
		if err := caught(func() { F32(nil, p) }); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("panic %v, want %q", err, c.message)
		}
	}
	F32(nil, good())
}

func caught(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// TestLargeProducts compares some elements of products that take several strips, blocks and tasks
// with sums in float64.
func TestLargeProducts(t *testing.T) {
	pool := parallel.New(4)
	defer pool.Close()
	random := rand.New(rand.NewPCG(7, 8))
	for _, s := range []struct {
		m, n, k int
		layout  string
	}{{70, 2500, 900, "nt"}, {300, 1000, 2200, "tn"}, {1, 5000, 400, "nn"}, {900, 1, 700, "nn"}, {5, 3, 20001, "tt"}} {
		p := plainProduct(s.m, s.n, s.k, 1, s.layout, float32s)
		q := plainProduct(s.m, s.n, s.k, 1, s.layout, bf16s)
		F32(pool, p)
		BF16(pool, q)
		for range 200 {
			i, j := random.IntN(s.m), random.IntN(s.n)
			spot(t, p, i, j)
			spot(t, q, i, j)
		}
	}
}

func spot[T Element](t *testing.T, p *Product[T], i, j int) {
	t.Helper()
	a, b := make([]float64, p.K), make([]float64, p.K)
	for k := range p.K {
		a[k], b[k] = float64(p.A.at(0, i, k)), float64(p.B.at(0, k, j))
	}
	r := sumOf(a, b).result(0)
	if got := p.C.at(0, i, j); !(math.Abs(got-r.want) <= r.bound) {
		t.Fatalf("[%d, %d]·[%d, %d]: C[%d, %d] = %g, want %g ± %g", p.M, p.K, p.K, p.N, i, j, got, r.want, r.bound)
	}
}

// TestSameBits checks that products have the same bits on any number of threads, at any alignment
// of the slices, packed or not, and with rows computed separately.
func TestSameBits(t *testing.T) {
	t.Run("f32", func(t *testing.T) { checkSameBits(t, float32s, F32) })
	t.Run("bf16", func(t *testing.T) { checkSameBits(t, bf16s, BF16) })
}

func checkSameBits[T Element](t *testing.T, data func(*rand.Rand, int) []T, run func(*parallel.Pool, *Product[T])) {
	for _, layout := range []string{"nn", "nt", "tn"} {
		p := plainProduct(150, 170, 801, 2, layout, data)
		run(nil, p)
		want := slices.Clone(p.C.F32)
		same := func(how string) {
			t.Helper()
			if !slices.Equal(p.C.F32, want) {
				t.Errorf("%s: %s gives other bits", layout, how)
			}
		}
		for _, threads := range []int{2, 3, 16} {
			pool := parallel.New(threads)
			run(pool, p)
			same("a pool")
			pool.Close()
		}
		p.Packed = Pack(p.B, p.K, p.N, p.Batch)
		run(nil, p)
		same("a packed operand")
		p.Packed = nil
		p.A.Data = append(make([]T, 3), p.A.Data...)[3:]
		p.B.Data = append(make([]T, 1), p.B.Data...)[1:]
		run(nil, p)
		same("another alignment")
		apart := *p
		apart.M = 1
		for i := range p.M {
			apart.A.Data = p.A.Data[i*p.A.RowStride:]
			apart.C.F32 = p.C.F32[i*p.C.RowStride:]
			run(nil, &apart)
		}
		same("each row by itself")
	}
}

// TestProductsAtOnce checks that concurrent products, which share a pool and the spare workspaces,
// do not disturb each other.
func TestProductsAtOnce(t *testing.T) {
	pool := parallel.New(3)
	defer pool.Close()
	var group sync.WaitGroup
	for i, s := range []spec{
		{M: 57, N: 513, K: 40, A: layout{Kind: transposed}},
		{M: 70, N: 90, K: 400, Bias: true},
		{M: 20, N: 20, K: 20, Batch: 60},
		{M: 30, N: 1700, K: 30, B: layout{Kind: transposed}},
	} {
		group.Go(func() {
			p := build(s, float32s)
			alone := copyOf(p)
			F32(nil, alone)
			for range 20 {
				F32(pool, p)
				if err := sameBits(&p.C, &alone.C); err != nil {
					t.Errorf("product %d: %v", i, err)
				}
			}
		})
	}
	group.Wait()
}

func TestProductMakesNoGarbage(t *testing.T) {
	pool := parallel.New(2)
	defer pool.Close()
	for _, p := range []*Product[float32]{
		plainProduct(300, 200, 100, 1, "nt", float32s),
		plainProduct(20, 20, 20, 50, "nn", float32s),
	} {
		F32(pool, p)
		if n := testing.AllocsPerRun(50, func() { F32(pool, p) }); n >= 1 {
			t.Errorf("a product allocates %g times", n)
		}
	}
}

// TestNaNsAndInfinitiesPropagate checks that NaNs and infinities reach exactly the elements that
// depend on them.
func TestNaNsAndInfinitiesPropagate(t *testing.T) {
	p := plainProduct(20, 35, 40, 1, "nt", float32s)
	p.A.Data[3*40+7] = float32(math.NaN())
	p.B.Data[5*40+9] = float32(math.Inf(1))
	F32(nil, p)
	for i := range p.M {
		for j := range p.N {
			v := float64(p.C.F32[i*p.N+j])
			if special := math.IsNaN(v) || math.IsInf(v, 0); special != (i == 3 || j == 5) {
				t.Errorf("C[%d, %d] = %g", i, j, v)
			}
		}
	}
}
