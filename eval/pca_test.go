package eval

import (
	"context"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// stretched draws rows with standard deviations 5, 2 and 0.1 along three
// rotated axes, about (7, 7, …).
func stretched(rows, cols int) (m Matrix, axes Matrix) {
	axes = NewMatrix(3, cols)
	axes.Row(0)[0], axes.Row(0)[1] = 0.8, 0.6
	axes.Row(1)[0], axes.Row(1)[1] = -0.6, 0.8
	axes.Row(2)[2] = 1
	noise := gaussian(8, rows, 3)
	m = NewMatrix(rows, cols)
	for i := range rows {
		for j := range m.Row(i) {
			m.Row(i)[j] = 7
			for a, std := range []float32{5, 2, 0.1} {
				m.Row(i)[j] += std * noise.Row(i)[a] * axes.Row(a)[j]
			}
		}
	}
	return m, axes
}

func TestPCAFindsTheAxes(t *testing.T) {
	m, axes := stretched(5000, 6)
	p, err := FitPCA(context.Background(), m, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Basis.Rows {
		if cos := dot64(p.Basis.Row(i), axes.Row(i)); math.Abs(math.Abs(cos)-1) > 1e-3 {
			t.Errorf("component %d is %v, want ±%v", i, p.Basis.Row(i), axes.Row(i))
		}
	}
	if math.Abs(p.Variance[0]-25) > 1.5 || math.Abs(p.Variance[1]-4) > 0.3 || math.Abs(p.Total-29.01) > 1.5 {
		t.Errorf("variance is %v of %v, want about 25 and 4 of 29", p.Variance, p.Total)
	}
	for i := range 2 {
		largest := 0
		for j, v := range p.Basis.Row(i) {
			if math.Abs(float64(v)) > math.Abs(float64(p.Basis.Row(i)[largest])) {
				largest = j
			}
		}
		if p.Basis.Row(i)[largest] < 0 {
			t.Errorf("component %d points the other way: %v", i, p.Basis.Row(i))
		}
	}
}

// The coordinates of the training set have mean 0, the stored variances, and no
// correlation, for more rows than columns and for fewer.
func TestPCATransform(t *testing.T) {
	for _, shape := range [][2]int{{scatterChunk + 30, 5}, {6, 40}} {
		m := gaussian(9, shape[0], shape[1])
		p, err := FitPCA(context.Background(), m, 4)
		if err != nil {
			t.Fatal(err)
		}
		coordinates, err := p.Transform(m)
		if err != nil {
			t.Fatal(err)
		}
		testkit.AllClose(t, "mean", columnMeans(coordinates), make([]float64, 4), 1e-5)
		s := scatter(coordinates, nil)
		for a := range 4 {
			for b := range 4 {
				want := 0.0
				if a == b {
					want = p.Variance[a]
				}
				if got := s.At(a, b) / float64(m.Rows); math.Abs(got-want) > 1e-5*p.Total {
					t.Errorf("%v: covariance [%d, %d] is %v, want %v", shape, a, b, got, want)
				}
			}
		}
	}
}

func TestPCARejects(t *testing.T) {
	_, err := FitPCA(context.Background(), gaussian(1, 3, 9), 3)
	testkit.RequireError(t, err, "3 components of 3 rows with 9 columns: must be from 1 to 2")
	flat := NewMatrix(9, 4)
	for i := range flat.Rows {
		flat.Row(i)[1] = float32(i)
	}
	_, err = FitPCA(context.Background(), flat, 2)
	testkit.RequireError(t, err, "vary in 1 directions only")
	p, err := FitPCA(context.Background(), flat, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Transform(gaussian(1, 3, 9))
	testkit.RequireError(t, err, "features have 9 columns, those it was fitted on 4")
}
