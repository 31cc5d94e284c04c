package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/gobackend"
	"pgregory.net/rapid"
)

// TestRandomGraphsEqualStockEngine compares random computations with compute's own engine: floats within rounding, everything else exactly.
func TestRandomGraphsEqualStockEngine(t *testing.T) {
	if raceDetector {
		t.Skip("compute's own engine does not run under the race detector")
	}
	stock, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := New("parallelism=3")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		r := newRecipe(p, 1+p(14), false)
		data := r.data(p)
		want := onEngine(t, stock, r, data)
		got := onEngine(t, ours, r, data)
		for i := range want {
			if err := nearly(got[i], want[i]); err != nil {
				t.Fatalf("result %d: %v", i, err)
			}
		}
	})
}

func onEngine(t *rapid.T, b compute.Backend, r *recipe, data []any) []any {
	e, err := r.compile(b)
	if err != nil {
		t.Fatalf("%s: %v", b.Name(), err)
	}
	defer e.Finalize()

	out, err := execute(b, e, r.inputs, data)
	if err != nil {
		t.Fatalf("%s: %v", b.Name(), err)
	}
	return out
}

// nearly compares two slices. The functions that recipes are made of have slopes of at most 1 but for normalisations and sums, so errors of
// bfloat16 stay within a few units of its last place; conversions carry them into longer floats.
func nearly(got, want any) error {
	within := func(i int, g, w, tol float64) error {
		if g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= tol*max(1, math.Abs(w)) {
			return nil
		}
		return fmt.Errorf("element %d is %g: must be %g", i, g, w)
	}
	switch want := want.(type) {
	case []float32:
		for i, w := range want {
			if err := within(i, float64(got.([]float32)[i]), float64(w), 2e-2); err != nil {
				return err
			}
		}
	case []float64:
		for i, w := range want {
			if err := within(i, got.([]float64)[i], w, 2e-2); err != nil {
				return err
			}
		}
	case []bfloat16.BFloat16:
		for i, w := range want {
			if err := within(i, got.([]bfloat16.BFloat16)[i].Float64(), w.Float64(), 6e-2); err != nil {
				return err
			}
		}
	default:
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			return fmt.Errorf("is %.200s: must be %.200s", g, w)
		}
	}
	return nil
}
