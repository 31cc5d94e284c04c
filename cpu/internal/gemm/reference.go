package gemm

import (
	"math"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// reference computes a product as its definition says: the measure for the fast ones.
func reference[T Element](p *Product[T]) {
	p.check()
	row := make([]float32, p.N)
	for b := range p.batch() {
		for i := range p.M {
			p.referenceRow(row, b, i)
		}
	}
}

func (p *Product[T]) referenceRow(row []float32, b, i int) {
	e := &p.Epilogue
	for j := range row {
		var sum float32
		for k := range p.K {
			sum += p.A.at(b, i, k) * p.B.at(b, k, j)
		}
		row[j] = sum
	}
	if e.scaled() {
		vec.MulScalar(row, row, e.Scale)
	}
	at := p.C.offset(b) + i*p.C.RowStride
	if e.Accumulate {
		p.C.addTo(row, at)
	}
	e.finish(Tile{Batch: b, Row: i, Rows: 1, Cols: p.N, Data: row, Stride: p.N})
	if p.C.F32 != nil {
		copy(p.C.F32[at:], row)
	} else {
		vec.ToBF16(p.C.BF16[at:at+p.N], row)
	}
}

// at is element (i, j) of matrix b as a float32.
func (o *Operand[T]) at(b, i, j int) float32 {
	return toFloat32(o.Data[o.offset(b)+i*o.RowStride+j*o.ColStride])
}

// toFloat32 is the number that an element stands for.
func toFloat32[T Element](v T) float32 {
	switch v := any(v).(type) {
	case uint16:
		return math.Float32frombits(uint32(v) << 16)
	case float32:
		return v
	}
	return 0
}
