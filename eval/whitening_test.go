package eval

import (
	"context"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// What it was fitted on, whitened without the mean subtracted, has the identity
// as XᵀX/n; subtracting the mean shifts that by the outer product of the
// whitened mean.
func TestWhiteningOfItsTrainingSet(t *testing.T) {
	m, _ := stretched(3000, 3)
	w, err := FitWhitening(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	whitened, err := w.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	shift := make([]float64, 3)
	for i := range shift {
		for j, v := range w.Basis.Row(i) {
			shift[i] += float64(v) * w.Mean[j]
		}
	}
	s := scatter(whitened, nil)
	for a := range 3 {
		for b := range 3 {
			want := -shift[a] * shift[b]
			if a == b {
				want++
			}
			if got := s.At(a, b) / float64(m.Rows); math.Abs(got-want) > 1e-4 {
				t.Errorf("[%d, %d] is %v, want %v", a, b, got, want)
			}
		}
	}
}

// A direction without energy is not blown up beyond the floor.
func TestWhiteningFloor(t *testing.T) {
	m := Matrix{Rows: 2, Cols: 2, Data: []float32{2, 0, -2, 0}} // XᵀX/n = diag(4, 0)
	w, err := FitWhitening(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.5, 1 / math.Sqrt(4*whiteningFloor)} {
		if got := math.Sqrt(dot64(w.Basis.Row(i), w.Basis.Row(i))); math.Abs(got-want) > 1e-4*want {
			t.Errorf("direction %d is scaled by %v, want %v", i, got, want)
		}
	}
}

func TestWhiteningRejects(t *testing.T) {
	_, err := FitWhitening(context.Background(), NewMatrix(4, 2))
	testkit.RequireError(t, err, "all 4 features are zero")
	_, err = FitWhitening(context.Background(), Matrix{})
	testkit.RequireError(t, err, "features are [0, 0]")
	w, err := FitWhitening(context.Background(), gaussian(1, 9, 3))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Apply(gaussian(1, 9, 4))
	testkit.RequireError(t, err, "features have 4 columns, those it was fitted on 3")
}
