package eval

import (
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestAlignment(t *testing.T) {
	a := Matrix{Rows: 2, Cols: 2, Data: []float32{2, 0, 0, 3}}
	b := Matrix{Rows: 2, Cols: 2, Data: []float32{7, 0, 5, 0}} // the same direction; perpendicular
	for alpha, want := range map[float64]float64{2: 1, 1: math.Sqrt2 / 2} {
		got, err := Alignment(a, b, alpha)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("alpha %v: alignment is %v, want %v", alpha, got, want)
		}
	}
}

func TestAlignmentRejects(t *testing.T) {
	good := gaussian(7, 4, 3)
	_, err := Alignment(good, gaussian(7, 4, 2), 2)
	testkit.RequireError(t, err, "views are [4, 3] and [4, 2]")
	_, err = Alignment(good, good, 0)
	testkit.RequireError(t, err, "alpha is 0")
	_, err = Alignment(good, Matrix{}, 2)
	testkit.RequireError(t, err, "features are [0, 0]")
}
