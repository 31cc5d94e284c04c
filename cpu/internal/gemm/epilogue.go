package gemm

import "github.com/dino-go/dino/cpu/internal/vec"

// finish applies the epilogue to a tile of the product, except for Accumulate, in place.
func (e *Epilogue) finish(t Tile) {
	for r := range t.Rows {
		e.finishRow(t.Data[r*t.Stride:r*t.Stride+t.Cols], t.Batch, t.Row+r, t.Col)
	}
	if e.Then != nil {
		e.Then(t)
	}
}

// finishRow applies the epilogue to elements of one row of matrix b: v[0] is element (i, j).
func (e *Epilogue) finishRow(v []float32, b, i, j int) {
	if e.Bias != nil {
		vec.Add(v, v, e.Bias[j:j+len(v)])
	}
	e.Activation.apply(v)
	if e.ColScale != nil {
		vec.Mul(v, v, e.ColScale[j:j+len(v)])
	}
	if r := &e.Residual; !r.absent() {
		r.addTo(v, r.offset(b)+i*r.RowStride+j)
	}
}

// addTo adds to v the elements from index `at` on.
func (r *View) addTo(v []float32, at int) {
	if r.F32 != nil {
		vec.Add(v, v, r.F32[at:at+len(v)])
		return
	}
	vec.AddBF16(v, r.BF16[at:at+len(v)])
}

func (a Activation) apply(v []float32) {
	switch a {
	case GELU:
		vec.GELU(v, v)
	case GELUTanh:
		vec.GELUTanh(v, v)
	case ReLU:
		vec.MaxScalar(v, v, 0)
	case SiLU:
		vec.SiLU(v, v)
	case Tanh:
		vec.Tanh(v, v)
	}
}
