package eval

import (
	"gonum.org/v1/gonum/mat"
)

// regressionMetric is an upper bound of the Hessian of the objective, for
// the weights and the bias of one class (Böhning, "Multinomial Logistic
// Regression Algorithm", 1992):
//
//	A = ½(1 − 1/classes)·mean of x̃·x̃ᵀ + diag(L2, …, L2, 0),  x̃ = (x, 1)
//
// It is the preconditioner of L-BFGS: with it, features of a badly conditioned covariance or a
// large mean need no more iterations than others.
type regressionMetric struct {
	classes, cols int
	square        *mat.SymDense // A without L2, [cols+1, cols+1]

	factors mat.Cholesky
	columns *mat.Dense // [cols+1, classes]
}

func newRegressionMetric(train Features, classes int) *regressionMetric {
	n := train.Cols
	m := &regressionMetric{
		classes: classes, cols: n, square: mat.NewSymDense(n+1, nil),
		columns: mat.NewDense(n+1, classes, nil),
	}
	half := (1 - 1/float64(classes)) / 2
	products, mean := scatter(train.Matrix, nil), columnMeans(train.Matrix)
	for i := range n {
		for j := i; j < n; j++ {
			m.square.SetSym(i, j, half*products.At(i, j)/float64(train.Rows))
		}
		m.square.SetSym(i, n, half*mean[i])
	}
	m.square.SetSym(n, n, half)
	return m
}

// prepare factors A. Its diagonal is raised by a share of itself, the least with
// which rounding leaves it positive definite; it reports whether there is one.
func (m *regressionMetric) prepare(l2 float64) bool {
	for share := 1e-10; share < 1; share *= 10 {
		a := mat.NewSymDense(m.cols+1, nil)
		a.CopySym(m.square)
		for i := range m.cols + 1 {
			d := m.square.At(i, i) * (1 + share)
			if i < m.cols {
				d += l2
			}
			if d == 0 {
				d = 1 // a feature that is always zero: its weight stays zero
			}
			a.SetSym(i, i, d)
		}
		if m.factors.Factorize(a) {
			return true
		}
	}
	return false
}

// divide multiplies the parameters v, weights [classes, cols] and then biases
// [classes], by the inverse of A for each class.
func (m *regressionMetric) divide(v []float64) {
	for c := range m.classes {
		for j := range m.cols {
			m.columns.Set(j, c, v[c*m.cols+j])
		}
		m.columns.Set(m.cols, c, v[m.classes*m.cols+c])
	}
	// The error is a warning of a large condition number, for which any positive
	// definite matrix will do.
	_ = m.factors.SolveTo(m.columns, m.columns)
	for c := range m.classes {
		for j := range m.cols {
			v[c*m.cols+j] = m.columns.At(j, c)
		}
		v[m.classes*m.cols+c] = m.columns.At(m.cols, c)
	}
}
