package eval

import (
	"context"
	"fmt"
	"math"
)

// Whitening turns features so that a training set has the same energy along
// every direction, as the official copy detection does (eval_copy_detection.py).
// Its covariance is that of the features as they are, XᵀX/n, not of their
// deviations from the mean, although the mean is then subtracted:
//
//	whitened = diag(1/√d)·Vᵀ·(x − mean)
//
// with the eigenvalues d of XᵀX/n, raised to at least 1e-5 of the largest, and
// its eigenvectors V.
type Whitening struct {
	Mean  []float64 // [columns]
	Basis Matrix    // [columns, columns], diag(1/√d)·Vᵀ
}

// whiteningFloor bounds eigenvalues from below, relative to the largest.
const whiteningFloor = 1e-5

// FitWhitening fits a whitening to features [rows, columns]. It fails on
// features that are empty, non-finite or all zero, and when ctx is done.
func FitWhitening(ctx context.Context, m Matrix) (Whitening, error) {
	if err := m.check("whitening's"); err != nil {
		return Whitening{}, err
	}
	values, vectors, err := eigen(ctx, scatter(m, nil), true)
	if err != nil {
		return Whitening{}, err
	}
	if values[0] <= 0 {
		return Whitening{}, fmt.Errorf("eval: whitening: all %d features are zero", m.Rows)
	}
	w := Whitening{Mean: columnMeans(m), Basis: NewMatrix(m.Cols, m.Cols)}
	for i, value := range values {
		scale := 1 / math.Sqrt(max(value, whiteningFloor*values[0])/float64(m.Rows))
		for j, v := range direction(vectors, i) {
			w.Basis.Row(i)[j] = float32(scale * v)
		}
	}
	return w, nil
}

// Apply whitens features of the width that the whitening was fitted on.
func (w Whitening) Apply(m Matrix) (Matrix, error) {
	if err := m.check("whitened"); err != nil {
		return Matrix{}, err
	}
	if m.Cols != len(w.Mean) {
		return Matrix{}, fmt.Errorf("eval: whitening: features have %d columns, those it was fitted on %d", m.Cols,
			len(w.Mean))
	}
	return project(m, w.Mean, w.Basis), nil
}
