// Package gemm multiplies matrices: float32, and bfloat16 with accumulation in float32; in any
// strides, in batches, with an epilogue that finishes each tile of the result while it is in cache.
//
// Every element of the result is one sum over k in a fixed order, whatever the number of threads,
// the alignment of the slices and the sizes of the other dimensions: the same bits each time, on
// processors of the same instruction set.
package gemm

import (
	"fmt"
	"unsafe"
)

// Element is the type of the elements of A and B: float32, or uint16 that holds the bits of a
// bfloat16.
type Element interface{ float32 | uint16 }

// Operand is an input of a product, a matrix or a batch of matrices in one slice: element (i, j) of
// matrix b is Data[Offsets[b] + i·RowStride + j·ColStride]. Strides may be 0 (broadcast). Offsets
// nil means that every matrix of the batch is the one at 0.
type Operand[T Element] struct {
	Data      []T
	RowStride int
	ColStride int
	Offsets   []int
}

// View is a matrix, or a batch of matrices, whose columns are adjacent: element (i, j) of matrix b
// is at Offsets[b] + i·RowStride + j, in F32 or in BF16, whichever is not nil. Offsets nil means
// that every matrix of the batch is the one at 0.
type View struct {
	F32       []float32
	BF16      []uint16
	RowStride int
	Offsets   []int
}

// Product is C = epilogue(A·B) for a batch of matrices: A is [M, K], B is [K, N], C is [M, N]. C
// must not overlap the inputs, except for Epilogue.Residual, which may be C itself. A transposed
// operand is one whose strides are exchanged. The rows of C follow each other, each at least N
// elements after the one before.
type Product[T Element] struct {
	M, N, K int
	Batch   int // number of matrices; 0 counts as 1
	A, B    Operand[T]
	// Packed, if not nil, is used in the place of B: the same B, rearranged by Pack before.
	Packed   *Packed[T]
	C        View
	Epilogue Epilogue
}

// Epilogue is applied to each element of the product S = A·B, in this order. A part whose field is
// zero is left out:
//
//	v = Scale·S;  v += C (Accumulate);  v += Bias[j];  v = Activation(v);
//	v *= ColScale[j];  v += Residual[i, j];  Then(tile of v)
//
// in float32; C in bfloat16 is rounded once, at the end.
type Epilogue struct {
	Scale      float32 // 0 counts as 1
	Accumulate bool
	Bias       []float32 // [N]
	Activation Activation
	ColScale   []float32 // [N]
	Residual   View      // [M, N]; absent if both of its slices are nil
	// Then may read and change a finished tile. It is called from several goroutines at once, once
	// for each tile; the tiles cover C.
	Then func(Tile)
}

// Tile is a part of the result: row r of it, 0 ≤ r < Rows, is Data[r·Stride : r·Stride+Cols] and
// lies in row Row+r of C, from column Col on.
type Tile struct {
	Batch, Row, Col, Rows, Cols int
	Data                        []float32
	Stride                      int
}

// Activation is a function applied to each element of a product.
type Activation int

const (
	Identity Activation = iota
	GELU                // x·Φ(x)
	GELUTanh            // x/2·(1 + tanh(√(2/π)(x + 0.044715x³)))
	ReLU                // max(x, 0)
	SiLU                // x/(1 + e⁻ˣ)
	Tanh
)

// scaled tells whether Scale changes anything.
func (e *Epilogue) scaled() bool { return e.Scale != 0 && e.Scale != 1 }

// biasAlone tells whether the epilogue is at most a bias, apart from Accumulate.
func (e *Epilogue) biasAlone() bool {
	return !e.scaled() && e.Activation == Identity && e.ColScale == nil && e.Residual.absent() && e.Then == nil
}

func (v *View) absent() bool { return v.F32 == nil && v.BF16 == nil }

// overlaps tells whether two views in float32 may have elements in common.
func (v *View) overlaps(w *View) bool {
	if len(v.F32) == 0 || len(w.F32) == 0 {
		return false
	}
	first := func(s []float32) uintptr { return uintptr(unsafe.Pointer(&s[0])) }
	return first(v.F32) < first(w.F32)+uintptr(len(w.F32))*4 && first(w.F32) < first(v.F32)+uintptr(len(v.F32))*4
}

func (v *View) offset(batch int) int {
	if v.Offsets == nil {
		return 0
	}
	return v.Offsets[batch]
}

func (o *Operand[T]) offset(batch int) int {
	if o.Offsets == nil {
		return 0
	}
	return o.Offsets[batch]
}

func (p *Product[T]) batch() int { return max(p.Batch, 1) }

// check panics if an operand has fewer elements than the sizes need. The message has the sizes of
// the product.
func (p *Product[T]) check() {
	if p.M < 0 || p.N < 0 || p.K < 0 || p.Batch < 0 {
		p.fail("sizes must not be negative")
	}
	if p.M == 0 || p.N == 0 {
		return
	}
	if p.K > 0 {
		p.checkOperand("A", &p.A, p.M, p.K)
		if p.Packed == nil {
			p.checkOperand("B", &p.B, p.K, p.N)
		} else if p.Packed.k != p.K || p.Packed.n != p.N || p.Packed.batch != 1 && p.Packed.batch != p.batch() {
			p.fail("Packed holds %d matrices [%d, %d]", p.Packed.batch, p.Packed.k, p.Packed.n)
		}
	}
	if p.C.absent() {
		p.fail("C is nil")
	}
	p.checkView("C", &p.C)
	if s := p.C.RowStride; p.M > 1 && s < p.N {
		p.fail("C has RowStride %d: must be at least N = %d", s, p.N)
	}
	if !p.Epilogue.Residual.absent() {
		p.checkView("Residual", &p.Epilogue.Residual)
	}
	if b := p.Epilogue.Bias; b != nil && len(b) != p.N {
		p.fail("Bias has %d elements: must have N = %d", len(b), p.N)
	}
	if s := p.Epilogue.ColScale; s != nil && len(s) != p.N {
		p.fail("ColScale has %d elements: must have N = %d", len(s), p.N)
	}
}

func (p *Product[T]) checkOperand(name string, o *Operand[T], rows, cols int) {
	if err := o.check(rows, cols, p.batch()); err != nil {
		p.fail("%s %v", name, err)
	}
}

// check returns an error if an operand has too few elements for `batch` matrices [rows, cols].
func (o *Operand[T]) check(rows, cols, batch int) error {
	return checkReach(o.Offsets, batch, (rows-1)*o.RowStride, (cols-1)*o.ColStride, len(o.Data))
}

func (p *Product[T]) checkView(name string, v *View) {
	if v.F32 != nil && v.BF16 != nil {
		p.fail("%s has both F32 and BF16: must have one", name)
	}
	if err := checkReach(v.Offsets, p.batch(), (p.M-1)*v.RowStride, p.N-1, max(len(v.F32), len(v.BF16))); err != nil {
		p.fail("%s %v", name, err)
	}
}

// checkReach returns an error if `batch` matrices do not lie within `have` elements. The last
// element of a matrix is rows + cols elements from its first.
func checkReach(offsets []int, batch, rows, cols, have int) error {
	if offsets != nil && len(offsets) != batch {
		return fmt.Errorf("has %d offsets: must have one for each of %d matrices", len(offsets), batch)
	}
	lo, hi := min(rows, 0)+min(cols, 0), max(rows, 0)+max(cols, 0)
	for b := range batch {
		at := 0
		if offsets != nil {
			at = offsets[b]
		}
		if at+lo < 0 || at+hi >= have {
			return fmt.Errorf("needs elements %d to %d for matrix %d: has %d", at+lo, at+hi, b, have)
		}
	}
	return nil
}

func (p *Product[T]) fail(format string, args ...any) {
	panic(fmt.Errorf("gemm: [%d, %d]·[%d, %d], batch %d: %s", p.M, p.K, p.K, p.N, p.batch(),
		fmt.Sprintf(format, args...)))
}
