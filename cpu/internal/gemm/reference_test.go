package gemm

import (
	"math"
)

// A result is what an element of a product should be, and how far from that it may be.
type result struct{ want, bound float64 }

// A sum is what one of products should be, with the sum of their sizes and the number of terms.
type sum struct {
	exact, size float64
	terms       int
}

// Rounding errors, relative to the exact number.
const (
	unit     = 1.0 / (1 << 24) // of a number in float32
	unitBF16 = 1.0 / (1 << 8)  // of a number in bfloat16
)

// reference computes a product as its definition says, in float64, matrix by matrix and row by row.
//
// The bound is that of the sums as they are made, see sum.result. Each step of the epilogue rounds
// once more.
func reference[T Element](p *Product[T]) []result {
	results := make([]result, 0, p.batch()*p.M*p.N)
	for b := range p.batch() {
		a, columns := make([]float64, p.M*p.K), make([]float64, p.N*p.K)
		for i := range p.M {
			for k := range p.K {
				a[i*p.K+k] = float64(p.A.at(b, i, k))
			}
		}
		for j := range p.N {
			for k := range p.K {
				columns[j*p.K+k] = float64(p.B.at(b, k, j))
			}
		}
		for i := range p.M {
			for j := range p.N {
				s := sumOf(a[i*p.K:(i+1)*p.K], columns[j*p.K:(j+1)*p.K])
				results = append(results, p.finished(s, b, i, j))
			}
		}
	}
	return results
}

// sumOf is a sum of products.
func sumOf(a, b []float64) sum {
	s := sum{terms: len(a)}
	for k, v := range a {
		term := v * b[k]
		s.exact += term
		s.size += math.Abs(term)
	}
	return s
}

// result is a sum as engines make it: of blocks of the depth in registers, and then of these and
// what is there before. Whatever the order, each term is rounded at most once as a product, once
// for each term of its block and once for each block: r times. So the error is at most γ·Σ|a·b|
// with γ = r·u/(1 − r·u); and what was there before is rounded once for each block.
func (s sum) result(before float64) result {
	const mostPair = 2
	blocks := float64(s.terms/depthBlock + 2) // an odd element is one
	r := (1 + float64(min(s.terms, mostPair*depthBlock)) + blocks) * unit
	before = math.Abs(before)
	q := blocks * unit
	return result{s.exact, s.size*r/(1-r) + before*q/(1-q)}
}

// finished is element (i, j) of matrix b after the epilogue.
func (p *Product[T]) finished(s sum, b, i, j int) result {
	e := &p.Epilogue
	before := 0.0
	if e.Accumulate {
		before = p.C.at(b, i, j)
	}
	r := s.result(before)
	if e.Scale != 0 {
		r = r.times(float64(e.Scale))
	}
	if e.Accumulate {
		r = r.plus(before)
	}
	if e.Bias != nil {
		r = r.plus(float64(e.Bias[j]))
	}
	r = r.activated(e.Activation)
	if e.ColScale != nil {
		r = r.times(float64(e.ColScale[j]))
	}
	if !e.Residual.absent() {
		r = r.plus(e.Residual.at(b, i, j))
	}
	if e.Then != nil && negated(b, i, j) {
		r.want = -r.want
	}
	if p.C.BF16 != nil {
		r.bound += unitBF16 * (math.Abs(r.want) + r.bound)
	}
	return r
}

func (r result) plus(v float64) result { return r.rounded(r.want + v) }

func (r result) times(v float64) result {
	r.bound *= math.Abs(v)
	return r.rounded(r.want * v)
}

// rounded is r with another value, rounded once.
func (r result) rounded(want float64) result {
	return result{want, r.bound + unit*(math.Abs(want)+r.bound)}
}

// activated is r after an activation, which is exact to three units in the last place and a number
// of that of 1, as package vec tests.
func (r result) activated(a Activation) result {
	if a == Identity {
		return r
	}
	const steepest = 1.13 // of GELU
	want := activations[a](r.want)
	bound := steepest * r.bound
	return result{want, bound + 3*2*unit*(math.Abs(want)+bound) + unit}
}

var activations = map[Activation]func(x float64) float64{
	GELU:     func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) },
	GELUTanh: func(x float64) float64 { return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) },
	ReLU:     func(x float64) float64 { return max(x, 0) },
	SiLU:     func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	Tanh:     math.Tanh,
}

// negate is an epilogue that depends on where the tile lies.
func negate(t Tile) {
	for r := range t.Rows {
		for c := range t.Cols {
			if negated(t.Batch, t.Row+r, t.Col+c) {
				t.Data[r*t.Stride+c] *= -1
			}
		}
	}
}

func negated(b, i, j int) bool { return (i+2*j+b)%3 == 0 }

// at is element (i, j) of matrix b.
func (o *Operand[T]) at(b, i, j int) float32 {
	return toFloat32(o.Data[o.offset(b)+i*o.RowStride+j*o.ColStride])
}

func (v *View) at(b, i, j int) float64 { return v.number(v.offset(b) + i*v.RowStride + j) }

// number is the element at an index.
func (v *View) number(at int) float64 {
	if v.F32 != nil {
		return float64(v.F32[at])
	}
	return float64(toFloat32(v.BF16[at]))
}
