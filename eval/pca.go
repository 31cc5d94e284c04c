package eval

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// PCA projects features on the directions in which a training set varies most.
type PCA struct {
	Mean []float64 // [columns], of the training set
	// Basis holds orthonormal directions, [components, columns], the one of the
	// largest variance first. The entry of the largest size of each is positive.
	Basis Matrix
	// Variance of the training set along each direction, divided by its rows.
	Variance []float64
	// Total variance of the training set, over all directions.
	Total float64
}

// FitPCA fits the first components of features [rows, columns], for which
// memory is that of a float64 matrix of the smaller of rows and columns squared.
// It fails on features that are non-finite, of fewer than two rows, or that vary
// in fewer directions than asked for, and when ctx is done.
func FitPCA(ctx context.Context, m Matrix, components int) (PCA, error) {
	if err := m.check("PCA's"); err != nil {
		return PCA{}, err
	}
	if most := min(m.Cols, m.Rows-1); components < 1 || components > most {
		return PCA{}, fmt.Errorf("eval: PCA: %d components of %d rows with %d columns: must be from 1 to %d",
			components, m.Rows, m.Cols, most)
	}
	p := PCA{Mean: columnMeans(m)}
	values, vectors, err := principal(ctx, m, p.Mean, components)
	if err != nil {
		return PCA{}, err
	}
	for _, std := range columnStd(m, nil) {
		p.Total += std * std
	}
	p.Basis = NewMatrix(components, m.Cols)
	for i := range components {
		p.Variance = append(p.Variance, max(values[i], 0)/float64(m.Rows))
		if p.Variance[i] <= 1e-12*p.Total {
			return PCA{}, fmt.Errorf("eval: PCA: %d components asked for, but the %d features vary in %d "+
				"directions only", components, m.Rows, i)
		}
		for j, v := range direction(vectors, i) {
			p.Basis.Row(i)[j] = float32(v)
		}
	}
	return p, nil
}

// principal returns the eigenvalues of the scatter about mean, the largest
// first, and at least the first components eigenvectors as rows, [.., Cols].
func principal(ctx context.Context, m Matrix, mean []float64, components int) ([]float64, *mat.Dense, error) {
	if m.Rows >= m.Cols {
		return eigen(ctx, scatter(m, mean), true)
	}
	// With X = rows − mean, the eigenvectors u of X·Xᵀ give those of Xᵀ·X, Xᵀ·u.
	x := blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: make([]float64, m.Rows*m.Cols)}
	widen(x, m, 0, mean)
	product := mat.NewDense(m.Rows, m.Rows, nil)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, x, 0, product.RawMatrix())
	values, u, err := eigen(ctx, upperHalf(product), true)
	if err != nil {
		return nil, nil, err
	}
	vectors := mat.NewDense(components, m.Cols, nil)
	vectors.Mul(u.Slice(0, components, 0, m.Rows), mat.NewDense(m.Rows, m.Cols, x.Data))
	return values, vectors, nil
}

// direction returns row i as a unit vector whose largest entry, the first among
// equals, is positive.
func direction(vectors *mat.Dense, i int) []float64 {
	v := mat.Row(nil, i, vectors)
	squares, largest := 0.0, 0
	for j, x := range v {
		squares += x * x
		if math.Abs(x) > math.Abs(v[largest]) {
			largest = j
		}
	}
	scale := 1 / math.Max(math.Sqrt(squares), normalizeEps)
	if v[largest] < 0 {
		scale = -scale
	}
	for j := range v {
		v[j] *= scale
	}
	return v
}

// Transform returns the coordinates of features along the directions, [rows,
// components].
func (p PCA) Transform(m Matrix) (Matrix, error) {
	if err := m.check("PCA's"); err != nil {
		return Matrix{}, err
	}
	if m.Cols != len(p.Mean) {
		return Matrix{}, fmt.Errorf("eval: PCA: features have %d columns, those it was fitted on %d", m.Cols,
			len(p.Mean))
	}
	return project(m, p.Mean, p.Basis), nil
}

// project returns the products of the rows of m less mean with the rows of
// basis, [m.Rows, basis.Rows], summed in float64.
func project(m Matrix, mean []float64, basis Matrix) Matrix {
	out := NewMatrix(m.Rows, basis.Rows)
	b := make([]float64, basis.Rows*basis.Cols)
	widen(blas64.General{Rows: basis.Rows, Cols: basis.Cols, Stride: basis.Cols, Data: b}, basis, 0, nil)
	rows := min(scatterChunk, m.Rows)
	chunk, products := make([]float64, rows*m.Cols), make([]float64, rows*basis.Rows)
	for first := 0; first < m.Rows; first += scatterChunk {
		rows := min(scatterChunk, m.Rows-first)
		x := blas64.General{Rows: rows, Cols: m.Cols, Stride: m.Cols, Data: chunk}
		y := blas64.General{Rows: rows, Cols: basis.Rows, Stride: basis.Rows, Data: products}
		widen(x, m, first, mean)
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, x,
			blas64.General{Rows: basis.Rows, Cols: basis.Cols, Stride: basis.Cols, Data: b}, 0, y)
		for i, v := range products[:rows*basis.Rows] {
			out.Data[first*basis.Rows+i] = float32(v)
		}
	}
	return out
}
