package gemm

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

// plainOperand is some contiguous matrices.
func plainOperand(rows, cols, batch int) Operand[float32] {
	return plainProduct(1, cols, rows, batch, "nn", float32s).B
}

func TestBadOperandsAreNotPacked(t *testing.T) {
	b := plainOperand(5, 4, 2)
	one := Operand[float32]{Data: b.Data[:20], RowStride: 4, ColStride: 1}
	for _, c := range []struct {
		message string
		pack    func()
	}{
		{"gemm: packing [5, 4], batch 2: the operand needs elements 20 to 39 for matrix 1: has 39", func() {
			Pack(Operand[float32]{Data: b.Data[:39], RowStride: 4, ColStride: 1, Offsets: b.Offsets}, 5, 4, 2)
		}},
		{"batch 3: the operand has 2 offsets: must have one for each of 3 matrices", func() { Pack(b, 5, 4, 3) }},
		{
			"[6, 4], batch 1: the operand needs elements 0 to 23 for matrix 0: has 20",
			func() { new(Packed[float32]).Refill(one, 6, 4, 1) },
		},
		{"[-1, 4], batch 1: sizes must not be negative", func() { Pack(one, -1, 4, 1) }},
		{"[5, -1], batch 1: sizes must not be negative", func() { Pack(one, 5, -1, 1) }},
		{"[5, 4], batch -1: sizes must not be negative", func() { Pack(one, 5, 4, -1) }},
		{
			"[5, 5], batch 1: the operand needs elements 0 to 20",
			func() { PackInto(nil, aligned(PackedSize[float32](5, 5)), one, 5, 5) },
		},
		{"[5, 4]: data has 3 elements: must have", func() { PackInto(nil, aligned(3), one, 5, 4) }},
		{"[5, 4]: data has 3 elements: must have", func() { PackedIn[float32](aligned(3), 5, 4) }},
	} {
		if err := caught(c.pack); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("panic %v, want %q", err, c.message)
		}
	}
}

// TestEmptyOperandsArePacked packs operands without elements, and uses them.
func TestEmptyOperandsArePacked(t *testing.T) {
	for _, s := range [][2]int{{0, 4}, {5, 0}, {0, 0}} {
		k, n := s[0], s[1]
		p := Product[float32]{
			M: 3, N: n, K: k, A: plainOperand(3, k, 1),
			C: View{F32: slices.Repeat([]float32{7}, 3*n), RowStride: n},
		}
		if size := PackedSize[float32](k, n); size != 0 {
			t.Errorf("[%d, %d]: packed it has %d elements, want none", k, n, size)
		}
		in := PackedIn[float32](nil, k, n)
		PackInto(nil, nil, Operand[float32]{}, k, n)
		for _, packed := range []*Packed[float32]{
			Pack(Operand[float32]{}, k, n, 0), Pack(Operand[float32]{}, k, n, 2),
			&in,
		} {
			p.Packed = packed
			F32(nil, &p)
			if slices.ContainsFunc(p.C.F32, func(v float32) bool { return v != 0 }) {
				t.Errorf("[%d, %d]: C is %v, want zeros", k, n, p.C.F32)
			}
			for i := range p.C.F32 {
				p.C.F32[i] = 7
			}
		}
	}
}

// TestPackedKinds checks that products with operands packed in any way have the bits of products
// with the operand itself, also in reused memory of a larger one.
func TestPackedKinds(t *testing.T) {
	t.Run("f32", func(t *testing.T) { checkPackedKinds(t, float32s, F32) })
	t.Run("bf16", func(t *testing.T) { checkPackedKinds(t, bf16s, BF16) })
}

func checkPackedKinds[T Element](t *testing.T, data func(*rand.Rand, int) []T, run func(*parallel.Pool, *Product[T])) {
	pool := parallel.New(3)
	defer pool.Close()
	again := new(Packed[T])
	for _, s := range []spec{
		{M: 40, N: 301, K: 397},
		{M: 9, N: 35, K: 1, B: layout{Kind: transposed}},
		{M: 21, N: 170, K: 101, Batch: 3, Bias: true},
	} {
		p := build(s, data)
		run(pool, p)
		want := p.C
		same := func(how string, packed *Packed[T]) {
			t.Helper()
			q := *p
			q.C = View{
				F32: slices.Repeat([]float32{notANumber[float32]()}, len(want.F32)), RowStride: want.RowStride,
				Offsets: want.Offsets,
			}
			q.B, q.Packed = Operand[T]{}, packed
			run(pool, &q)
			if err := sameBits(&q.C, &want); err != nil {
				t.Errorf("%v, %s: %v", s, how, err)
			}
		}
		again.Refill(p.B, s.K, s.N, s.Batch)
		same("refilled", again)
		same("packed", Pack(p.B, s.K, s.N, s.Batch))
		if s.Batch <= 1 {
			data := aligned(PackedSize[T](s.K, s.N))
			PackInto(pool, data, p.B, s.K, s.N)
			in := PackedIn[T](data, s.K, s.N)
			same("packed into a slice", &in)
		}
	}
}
