package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dino-go/dino/internal/testkit"
)

// checkEigen verifies S·v = λ·v, that the v are perpendicular unit vectors, the
// order, and the values against another implementation.
func checkEigen(t *testing.T, s *mat.SymDense) {
	t.Helper()
	n := s.SymmetricDim()
	values, vectors, err := eigen(context.Background(), s, true)
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
	alone, _, err := eigen(context.Background(), s, false)
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
	_, _, err := eigen(context.Background(), mat.NewSymDense(2, []float64{math.NaN(), 1, 1, 2}), true)
	testkit.RequireError(t, err, "did not converge")
}

// Everything that rests on eigenvalues stops when its context ends.
func TestEigenvaluesStopWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := gaussian(1, 40, 8)
	for name, run := range map[string]func() error{
		"RankMe":         func() error { _, err := DefaultRankMe().Score(ctx, m); return err },
		"effective rank": func() error { _, err := EffectiveRank(ctx, m); return err },
		"LiDAR":          func() error { _, err := DefaultLiDAR().Score(ctx, m); return err },
		"whitening":      func() error { _, err := FitWhitening(ctx, m); return err },
		"PCA":            func() error { _, err := FitPCA(ctx, m, 2); return err },
		"PCA of few":     func() error { _, err := FitPCA(ctx, gaussian(1, 5, 8), 2); return err },
		"k-means":        func() error { _, err := DefaultKMeans(3).Fit(ctx, m); return err },
	} {
		if err := run(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error = %v, want context.Canceled", name, err)
		}
	}
}

// Matrices of every shape and size converge within the steps allowed.
func TestEigenConvergesOnRandomMatrices(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for range 400 {
		n := 1 + rng.IntN(40)
		s := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				switch rng.IntN(4) {
				case 0: // zero
				case 1:
					s.SetSym(i, j, float64(rng.IntN(3)))
				case 2:
					s.SetSym(i, j, rng.NormFloat64())
				default:
					s.SetSym(i, j, rng.NormFloat64()*math.Pow(10, 60*rng.Float64()-30))
				}
			}
		}
		values, _, err := eigen(context.Background(), s, rng.IntN(2) == 0)
		if err != nil {
			t.Fatal(err)
		}
		trace, sum := mat.Trace(s), total(values)
		if math.Abs(trace-sum) > 1e-12*float64(n)*mat.Norm(s, 2) {
			t.Errorf("eigenvalues of a [%d, %d] matrix sum to %g, its trace is %g", n, n, sum, trace)
		}
	}
}
