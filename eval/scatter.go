package eval

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// columnMeans returns the mean of every column.
func columnMeans(m Matrix) []float64 {
	mean := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(m.Rows)
	}
	return mean
}

// scatterChunk is how many rows are turned to float64 at a time.
const scatterChunk = 512

// scatter returns Σᵢ (xᵢ − center)(xᵢ − center)ᵀ over the rows xᵢ, [Cols, Cols],
// in float64. A nil center is zero.
func scatter(m Matrix, center []float64) *mat.SymDense {
	sum := mat.NewDense(m.Cols, m.Cols, nil)
	chunk := make([]float64, min(scatterChunk, m.Rows)*m.Cols)
	for first := 0; first < m.Rows; first += scatterChunk {
		rows := min(scatterChunk, m.Rows-first)
		x := blas64.General{Rows: rows, Cols: m.Cols, Stride: m.Cols, Data: chunk}
		widen(x, m, first, center)
		addSquare(sum.RawMatrix(), x)
	}
	return upperHalf(sum)
}

// scatterBlock is the side of the blocks that a product is computed in, of which
// those below the diagonal are left out.
const scatterBlock = 128

// addSquare adds xᵀ·x to the upper half of sum.
func addSquare(sum, x blas64.General) {
	for i := 0; i < x.Cols; i += scatterBlock {
		a := columns(x, i, min(i+scatterBlock, x.Cols))
		b := columns(x, i, x.Cols)
		out := columns(sum, i, x.Cols)
		out.Rows, out.Data = a.Cols, out.Data[i*sum.Stride:]
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, a, b, 1, out)
	}
}

// columns returns columns from to to of x, in the same memory.
func columns(x blas64.General, from, to int) blas64.General {
	return blas64.General{Rows: x.Rows, Cols: to - from, Stride: x.Stride, Data: x.Data[from:]}
}

// widen writes rows of m from first on, less center, to x.
func widen(x blas64.General, m Matrix, first int, center []float64) {
	for i := range x.Rows {
		out := x.Data[i*x.Stride:][:x.Cols]
		for j, v := range m.Row(first + i) {
			out[j] = float64(v)
			if center != nil {
				out[j] -= center[j]
			}
		}
	}
}

// upperHalf returns the symmetric matrix with the upper half of m.
func upperHalf(m *mat.Dense) *mat.SymDense {
	n, _ := m.Dims()
	return mat.NewSymDense(n, m.RawMatrix().Data)
}

// singularValues returns the min(Rows, Cols) singular values of the rows less
// center, the largest first, from the eigenvalues of the smaller product of the
// matrix with itself. Values below 1e-8 of the largest are lost in rounding.
func singularValues(ctx context.Context, m Matrix, center []float64) ([]float64, error) {
	product := func() *mat.SymDense { return scatter(m, center) }
	if m.Rows < m.Cols {
		product = func() *mat.SymDense {
			x := blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: make([]float64, m.Rows*m.Cols)}
			widen(x, m, 0, center)
			sum := mat.NewDense(m.Rows, m.Rows, nil)
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, x, 0, sum.RawMatrix())
			return upperHalf(sum)
		}
	}
	values, _, err := eigen(ctx, product(), false)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		values[i] = math.Sqrt(max(v, 0))
	}
	return values, nil
}

// entropy returns −Σ p·ln p, with 0·ln 0 = 0.
func entropy(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		if v > 0 {
			sum -= v * math.Log(v)
		}
	}
	return sum
}

// total returns the sum of values.
func total(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum
}
