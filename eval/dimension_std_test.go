package eval

import (
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestDimensionStd(t *testing.T) {
	// Normalised: ±1 in column 0, and columns 1 to 3 dead.
	m := Matrix{Rows: 2, Cols: 4, Data: []float32{3, 0, 0, 0, -5, 0, 0, 0}}
	s, err := DimensionStd(m)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "std", s.Std, []float64{2, 0, 0, 0}, 1e-12) // 1·√4
	if s.Mean != 0.5 || s.Min != 0 || s.Max != 2 || s.Dead != 3 {
		t.Errorf("score = %+v, want mean 0.5, min 0, max 2, 3 dead", s)
	}
}

func TestDimensionStdOfTheSphere(t *testing.T) {
	s, err := DimensionStd(gaussian(6, 4000, 16))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Mean-1) > 0.02 || s.Dead != 0 {
		t.Errorf("isotropic features: %+v, want mean 1 and none dead", s)
	}
}

func TestDimensionStdRejects(t *testing.T) {
	_, err := DimensionStd(gaussian(6, 1, 3))
	testkit.RequireError(t, err, "need at least two")
	_, err = DimensionStd(Matrix{})
	testkit.RequireError(t, err, "features are [0, 0]")
}
