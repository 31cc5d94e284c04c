package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"
)

// eigen returns the eigenvalues of a symmetric matrix, the largest first, and,
// if asked for, the eigenvectors as rows in the same order.
//
// The matrix is brought to tridiagonal form by reflections, and that to diagonal
// form by QL steps with implicit shifts (Bowdler, Martin, Reinsch & Wilkinson,
// "The QR and QL algorithms for symmetric matrices", 1968). The steps rotate
// eigenvectors as rows, which lie together in memory: with a thousand of them
// that is ten times faster than mat.EigenSym, which rotates columns.
//
// It takes at most mostSteps steps an eigenvalue, and fails if they are too few
// or ctx is done.
func eigen(ctx context.Context, s *mat.SymDense, vectors bool) ([]float64, *mat.Dense, error) {
	d, e, z := tridiagonal(s, vectors)
	if err := diagonalize(ctx, d, e, z); err != nil {
		return nil, nil, fmt.Errorf("eval: eigenvalues of a [%d, %d] matrix: %w", len(d), len(d), err)
	}
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d[b], d[a]) })
	values := make([]float64, len(d))
	for i, from := range order {
		values[i] = d[from]
	}
	if !vectors {
		return values, nil, nil
	}
	rows := mat.NewDense(len(d), len(d), nil)
	for i, from := range order {
		rows.SetRow(i, z[from])
	}
	return values, rows, nil
}

// tridiagonal returns the diagonal d [n] and the entries e [n−1] beside it, with
// a zero after them, of T in S = Zᵀ·T·Z, and the rows of Z if asked for.
func tridiagonal(s *mat.SymDense, vectors bool) (d, e []float64, z [][]float64) {
	n := s.SymmetricDim()
	a := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			a[i*n+j] = s.At(i, j)
		}
	}
	d, e = make([]float64, n), make([]float64, n)
	tau := make([]float64, max(n-1, 1))
	work := make([]float64, 64*n)
	var l lapack.Implementation
	l.Dsytrd(blas.Upper, n, a, n, d, e[:n-1], tau, work, len(work))
	if !vectors {
		return d, e, nil
	}
	l.Dorgtr(blas.Upper, n, a, n, tau, work, len(work))
	for j := range n {
		row := make([]float64, n)
		for i := range row {
			row[i] = a[i*n+j]
		}
		z = append(z, row)
	}
	return d, e, z
}

// mostSteps is far more than the one or two steps that an eigenvalue takes.
const mostSteps = 60

// diagonalize turns d into the eigenvalues of the tridiagonal matrix, and the
// rows of z, if any, into the eigenvectors.
func diagonalize(ctx context.Context, d, e []float64, z [][]float64) error {
	for first := range d {
		for step := 0; ; step++ {
			last := first // of the unreduced block that begins at first
			for last < len(d)-1 && !(math.Abs(e[last]) <= 0x1p-52*(math.Abs(d[last])+math.Abs(d[last+1]))) {
				last++
			}
			if last == first {
				break
			}
			if step == mostSteps {
				return fmt.Errorf("number %d did not converge in %d steps: are the features finite and of sane size?",
					first, step)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			stepQL(d, e, z, first, last)
		}
	}
	return nil
}

// stepQL takes a step with the part of the matrix from first to last.
func stepQL(d, e []float64, z [][]float64, first, last int) {
	shift := (d[first+1] - d[first]) / (2 * e[first])
	g := d[last] - d[first] + e[first]/(shift+math.Copysign(math.Hypot(shift, 1), shift))
	sin, cos, p := 1.0, 1.0, 0.0
	for i := last - 1; i >= first; i-- {
		f, b := sin*e[i], cos*e[i]
		r := math.Hypot(f, g)
		e[i+1] = r
		if r == 0 { // the block splits into two here
			d[i+1] -= p
			e[last] = 0
			return
		}
		sin, cos = f/r, g/r
		g = d[i+1] - p
		t := (d[i]-g)*sin + 2*cos*b
		p = sin * t
		d[i+1] = g + p
		g = cos*t - b
		if z != nil {
			rotate(z[i], z[i+1], sin, cos)
		}
	}
	d[first] -= p
	e[first], e[last] = g, 0
}

// rotate applies a Givens rotation to two rows: (a, b) ← (cos·a − sin·b, sin·a + cos·b).
func rotate(a, b []float64, sin, cos float64) {
	b = b[:len(a)]
	for k, x := range a {
		y := b[k]
		a[k], b[k] = cos*x-sin*y, sin*x+cos*y
	}
}
