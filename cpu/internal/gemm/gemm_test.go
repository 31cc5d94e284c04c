package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/isa"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// TestEnginesMatchReference draws products of any sizes, strides and epilogues, and compares every engine with the definition.
func TestEnginesMatchReference(t *testing.T) {
	pool := parallel.New(3)
	defer pool.Close()
	for _, level := range isa.Available() {
		t.Run("f32/"+level.String(), func(t *testing.T) {
			e := enginesF32()[level]
			rapid.Check(t, func(t *rapid.T) { checkEngine(t, pool, e, float32s) })
		})
		t.Run("bf16/"+level.String(), func(t *testing.T) {
			e := enginesBF16()[level]
			rapid.Check(t, func(t *rapid.T) { checkEngine(t, pool, e, bf16s) })
		})
	}
}

func float32s(random *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*random.Float32() - 1
	}
	return s
}

func bf16s(random *rand.Rand, n int) []uint16 {
	s := make([]uint16, n)
	vec.ToBF16(s, float32s(random, n))
	return s
}

func checkEngine[T Element](t *rapid.T, pool *parallel.Pool, e *engine[T], data func(*rand.Rand, int) []T) {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	p := drawProduct(t, random, data)
	want := copyOf(p)
	reference(want)
	if rapid.Bool().Draw(t, "packed") && p.N > 0 {
		batch := p.batch()
		if p.B.Offsets == nil {
			batch = 1
		}
		p.Packed = packFor(e, p.B, p.K, p.N, batch)
	}
	threads := pool
	if rapid.Bool().Draw(t, "alone") {
		threads = nil
	}
	again := copyOf(p)
	for _, q := range []*Product[T]{p, again} {
		c := newCall[T]()
		q.check()
		if q.M > 0 && q.N > 0 {
			c.begin(q, e)
			c.compute(threads)
		}
		threads = pool
	}
	compare(t, want, p)
	if fmt.Sprint(p.C) != fmt.Sprint(again.C) {
		t.Fatal("two runs, on one thread and on three, differ")
	}
}

func drawProduct[T Element](t *rapid.T, random *rand.Rand, data func(*rand.Rand, int) []T) *Product[T] {
	size := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(1, 120))
	p := &Product[T]{M: size.Draw(t, "M"), N: size.Draw(t, "N"), K: size.Draw(t, "K"), Batch: rapid.IntRange(0, 5).Draw(t, "batch")}
	if rapid.IntRange(0, 9).Draw(t, "deep") == 0 {
		p.M, p.K = min(p.M, 20), p.K+depthBlock*rapid.IntRange(1, 2).Draw(t, "blocks")
	} else if rapid.IntRange(0, 9).Draw(t, "wide") == 0 { // more columns than tasks want of one another
		p.M, p.K, p.N = min(p.M, 20), min(p.K, 40), p.N+1152
	}
	p.A = drawOperand(t, "A", p.M, p.K, p.batch(), random, data)
	p.B = drawOperand(t, "B", p.K, p.N, p.batch(), random, data)
	p.C = drawView(t, "C", p, random)
	e := &p.Epilogue
	e.Accumulate = rapid.Bool().Draw(t, "accumulate")
	if rapid.Bool().Draw(t, "bias") {
		e.Bias = float32s(random, p.N)
	}
	if rapid.Bool().Draw(t, "plain") { // what the kernels finish themselves
		return p
	}
	e.Scale = rapid.SampledFrom([]float32{0, 1, 0.5}).Draw(t, "scale")
	e.Activation = rapid.SampledFrom([]Activation{Identity, Identity, GELU, GELUTanh, ReLU, SiLU, Tanh}).Draw(t, "activation")
	if rapid.Bool().Draw(t, "colScale") {
		e.ColScale = float32s(random, p.N)
	}
	switch rapid.IntRange(0, 3).Draw(t, "residual") {
	case 1:
		e.Residual = drawView(t, "residual", p, random)
	case 2:
		e.Residual = p.C
	}
	if rapid.Bool().Draw(t, "then") {
		e.Then = negate
	}
	return p
}

// negate is an epilogue that depends on where the tile lies.
func negate(t Tile) {
	for r := range t.Rows {
		for c := range t.Cols {
			if (t.Row+r+2*(t.Col+c)+t.Batch)%3 == 0 {
				t.Data[r*t.Stride+c] *= -1
			}
		}
	}
}

func drawOperand[T Element](t *rapid.T, name string, rows, cols, batch int, random *rand.Rand, data func(*rand.Rand, int) []T) Operand[T] {
	gap := rapid.IntRange(0, 3).Draw(t, name+".gap")
	o := Operand[T]{RowStride: cols + gap, ColStride: 1}
	switch rapid.IntRange(0, 3).Draw(t, name+".layout") {
	case 1:
		o.RowStride, o.ColStride = 1, rows+gap
	case 2:
		o.RowStride, o.ColStride = 2*(cols+gap), 2
	}
	size := max(rows-1, 0)*o.RowStride + max(cols-1, 0)*o.ColStride + 1
	first := rapid.IntRange(0, 3).Draw(t, name+".first")
	if first > 0 || batch > 1 && rapid.Bool().Draw(t, name+".batched") {
		for b := range batch {
			o.Offsets = append(o.Offsets, first+b*size)
		}
		size = size*batch + first
	}
	o.Data = data(random, size)
	return o
}

func drawView[T Element](t *rapid.T, name string, p *Product[T], random *rand.Rand) View {
	v := View{RowStride: p.N + rapid.IntRange(0, 3).Draw(t, name+".gap")}
	size := p.M*v.RowStride + 1
	for b := range p.batch() {
		v.Offsets = append(v.Offsets, b*size)
	}
	if rapid.Bool().Draw(t, name+".bf16") {
		v.BF16 = bf16s(random, size*p.batch())
	} else {
		v.F32 = float32s(random, size*p.batch())
	}
	return v
}

// copyOf returns a product with its own C, which is also its residual where it was.
func copyOf[T Element](p *Product[T]) *Product[T] {
	q := *p
	q.C.F32, q.C.BF16 = append([]float32(nil), p.C.F32...), append([]uint16(nil), p.C.BF16...)
	r := &q.Epilogue.Residual
	switch {
	case len(r.F32) > 0 && len(p.C.F32) > 0 && &r.F32[0] == &p.C.F32[0]:
		r.F32 = q.C.F32
	case len(r.BF16) > 0 && len(p.C.BF16) > 0 && &r.BF16[0] == &p.C.BF16[0]:
		r.BF16 = q.C.BF16
	}
	return &q
}

// compare wants every element of the slice of C to agree, those between its rows included.
func compare[T Element](t *rapid.T, want, got *Product[T]) {
	tolerance := 1e-6 * (4 + float64(want.K)/8)
	for i, w := range want.C.F32 {
		if g := got.C.F32[i]; !(math.Abs(float64(g-w)) <= tolerance) {
			t.Fatalf("C[%d] = %g, want %g", i, g, w)
		}
	}
	for i, w := range want.C.BF16 {
		g, w := toFloat32(got.C.BF16[i]), toFloat32(w)
		if !(math.Abs(float64(g-w)) <= tolerance+math.Abs(float64(w))/128) {
			t.Fatalf("C[%d] = %g, want %g", i, g, w)
		}
	}
}

// plainProduct is a product of contiguous matrices; letters say which operand is transposed.
func plainProduct[T Element](m, n, k, batch int, layout string, data func(*rand.Rand, int) []T) *Product[T] {
	random := rand.New(rand.NewPCG(1, 2))
	operand := func(rows, cols int, transposed bool) Operand[T] {
		o := Operand[T]{Data: data(random, rows*cols*batch), RowStride: cols, ColStride: 1}
		if transposed {
			o.RowStride, o.ColStride = 1, rows
		}
		for i := range batch {
			o.Offsets = append(o.Offsets, i*rows*cols)
		}
		return o
	}
	p := &Product[T]{M: m, N: n, K: k, Batch: batch, A: operand(m, k, layout[0] == 't'), B: operand(k, n, layout[1] == 't')}
	p.C = View{F32: make([]float32, m*n*batch), RowStride: n}
	for i := range batch {
		p.C.Offsets = append(p.C.Offsets, i*m*n)
	}
	return p
}
