package gemm

import (
	"math"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// reference computes a product as its definition says, in float64.
func reference[T Element](p *Product[T]) {
	for b := range p.batch() {
		tile := Tile{Batch: b, Rows: p.M, Cols: p.N, Data: make([]float32, p.M*p.N), Stride: p.N}
		for i := range p.M {
			for j := range p.N {
				tile.Data[i*p.N+j] = float32(p.element(b, i, j))
			}
		}
		if p.Epilogue.Then != nil {
			p.Epilogue.Then(tile)
		}
		for i := range p.M {
			at := p.C.offset(b) + i*p.C.RowStride
			row := tile.Data[i*p.N : (i+1)*p.N]
			if p.C.F32 != nil {
				copy(p.C.F32[at:], row)
			} else {
				vec.ToBF16(p.C.BF16[at:at+p.N], row)
			}
		}
	}
}

// element is element (i, j) of matrix b after the epilogue, but for Then.
func (p *Product[T]) element(b, i, j int) float64 {
	e := &p.Epilogue
	v := 0.0
	for k := range p.K {
		v += float64(p.A.at(b, i, k)) * float64(p.B.at(b, k, j))
	}
	if e.Scale != 0 {
		v *= float64(e.Scale)
	}
	if e.Accumulate {
		v += p.C.at(b, i, j)
	}
	if e.Bias != nil {
		v += float64(e.Bias[j])
	}
	v = activations[e.Activation](v)
	if e.ColScale != nil {
		v *= float64(e.ColScale[j])
	}
	if !e.Residual.absent() {
		v += e.Residual.at(b, i, j)
	}
	return v
}

var activations = map[Activation]func(x float64) float64{
	Identity: func(x float64) float64 { return x },
	GELU:     func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) },
	GELUTanh: func(x float64) float64 { return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) },
	ReLU:     func(x float64) float64 { return max(x, 0) },
	SiLU:     func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	Tanh:     math.Tanh,
}

// at is element (i, j) of matrix b.
func (o *Operand[T]) at(b, i, j int) float32 {
	return toFloat32(o.Data[o.offset(b)+i*o.RowStride+j*o.ColStride])
}

func (v *View) at(b, i, j int) float64 {
	at := v.offset(b) + i*v.RowStride + j
	if v.F32 != nil {
		return float64(v.F32[at])
	}
	return float64(toFloat32(v.BF16[at]))
}
