package eval

import (
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
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, x, 1, sum.RawMatrix())
	}
	return symmetric(sum)
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

// symmetric reads a matrix that is symmetric but for rounding.
func symmetric(m *mat.Dense) *mat.SymDense {
	n, _ := m.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return s
}

// singularValues returns the min(Rows, Cols) singular values of the rows less
// center, the largest first, from the eigenvalues of the smaller product of the
// matrix with itself. Values below 1e-8 of the largest are lost in rounding.
func singularValues(m Matrix, center []float64) ([]float64, error) {
	product := func() *mat.SymDense { return scatter(m, center) }
	if m.Rows < m.Cols {
		product = func() *mat.SymDense {
			x := blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: make([]float64, m.Rows*m.Cols)}
			widen(x, m, 0, center)
			sum := mat.NewDense(m.Rows, m.Rows, nil)
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, x, 0, sum.RawMatrix())
			return symmetric(sum)
		}
	}
	values, _, err := eigen(product(), false)
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
