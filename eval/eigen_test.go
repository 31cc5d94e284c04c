package eval

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dino-go/dino/internal/testkit"
)

// checkEigen verifies S·v = λ·v, that the v are perpendicular unit vectors, the
// order, and the values against another implementation.
func checkEigen(t *testing.T, s *mat.SymDense) {
	t.Helper()
	n := s.SymmetricDim()
	values, vectors, err := eigen(s, true)
	if err != nil {
		t.Fatal(err)
	}
	scale := mat.Norm(s, 2) + 1e-300
	var product, gram mat.Dense
	product.Mul(vectors, s)
	gram.Mul(vectors, vectors.T())
	for i, value := range values {
		if i > 0 && value > values[i-1] {
			t.Errorf("eigenvalues %v are not in descending order", values)
		}
		for j := range n {
			if got, want := product.At(i, j), value*vectors.At(i, j); math.Abs(got-want) > 1e-12*scale {
				t.Errorf("row %d is no eigenvector of %v: entry %d is %v, want %v", i, value, j, got, want)
			}
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(gram.At(i, j)-want) > 1e-12 {
				t.Errorf("product of eigenvectors %d and %d is %v", i, j, gram.At(i, j))
			}
		}
	}
	var other mat.EigenSym
	if !other.Factorize(s, false) {
		t.Fatal("no reference values")
	}
	ascending := other.Values(nil)
	for i, value := range values {
		testkit.AllClose(t, "eigenvalue", []float64{value}, []float64{ascending[n-1-i]}, 1e-12*scale)
	}
	alone, _, err := eigen(s, false)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "values without vectors", alone, values, 0)
}

func TestEigen(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 70} {
		checkEigen(t, scatter(gaussian(uint64(n), n+5, n), nil))
		checkEigen(t, scatter(gaussian(uint64(n), (n+1)/2, n), nil)) // half of them zero
	}
}

func TestEigenOfSpecialMatrices(t *testing.T) {
	checkEigen(t, mat.NewSymDense(4, nil))
	checkEigen(t, mat.NewSymDense(3, []float64{2, 0, 0, 0, 2, 0, 0, 0, 2}))
	checkEigen(t, mat.NewSymDense(2, []float64{0, 1, 1, 0}))
	checkEigen(t, mat.NewSymDense(3, []float64{1e200, 1, 0, 1, 1e-200, 1e-3, 0, 1e-3, -1e100}))
}

func TestEigenOfNaN(t *testing.T) {
	_, _, err := eigen(mat.NewSymDense(2, []float64{math.NaN(), 1, 1, 2}), true)
	requireError(t, err, "did not converge")
}
