package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/gobackend"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// threadCounts are those on which results must have the same bits.
var threadCounts = []int{1, 2, 3, 4, 7, 8, 16, 64}

// rounds is how often a test of random inputs runs: a few hundred times at most, and thousands
// where DINO_LONG=1 asks for it.
func rounds(short, long int) int {
	if os.Getenv("DINO_LONG") == "1" {
		return long
	}
	return short
}

// TestRandomGraphsEqualFloat64 compares random computations with compute's own engine, which
// computes all floats in float64 and in plain loops: floats within rounding, everything else
// exactly.
func TestRandomGraphsEqualFloat64(t *testing.T) {
	if raceDetector {
		t.Skip("compute's own engine does not run under the race detector")
	}
	stock, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	ours := open(t, "parallelism=3")
	seed := testseed.Seed(t)
	for i := range rounds(200, 5000) {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		r := newRecipe(random.IntN, 1+random.IntN(14), false)
		data := r.data(random.IntN)
		want, err := onEngine(stock, r, r.compileWide, data)
		if err != nil {
			t.Fatalf("graph %d: %v", i, err)
		}
		got, err := onEngine(ours, r, r.compile, data)
		if err != nil {
			t.Fatalf("graph %d: %v", i, err)
		}
		for j := range want {
			if err := nearly(got[j], want[j], r.tolerance()); err != nil {
				t.Errorf("graph %d: result %d, %s: %v", i, j, r.known[r.result[j]], err)
			}
		}
	}
}

func onEngine(b compute.Backend, r *recipe, compile func(compute.Backend) (compute.Executable, error),
	data []any,
) ([]any, error) {
	e, err := compile(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name(), err)
	}
	defer e.Finalize()

	out, err := execute(b, e, r.inputs, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name(), err)
	}
	return out, nil
}

// tolerance is the largest difference of a value, relative to it or to 1. The functions of recipes
// have slopes of at most 1, except normalisations and sums, so errors of bfloat16 stay within a few
// units of its last place. Conversions carry them into longer floats: in a recipe with bfloat16
// anywhere the same bound holds for all values.
func (r *recipe) tolerance() float64 {
	if r.narrow() {
		return 6e-2
	}
	return 5e-4
}

// nearly compares two slices, of which the second has float64 for every type of float.
func nearly(got, want any, tolerance float64) error {
	wide, ok := want.([]float64)
	if !ok {
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			return fmt.Errorf("is %.200s: must be %.200s", g, w)
		}
		return nil
	}
	at := func(int) float64 { return 0 }
	switch got := got.(type) {
	case []float32:
		at = func(i int) float64 { return float64(got[i]) }
	case []float64:
		at = func(i int) float64 { return got[i] }
	case []bfloat16.BFloat16:
		at = func(i int) float64 { return got[i].Float64() }
	}
	for i, w := range wide {
		g := at(i)
		if g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= tolerance*max(1, math.Abs(w)) {
			continue
		}
		return fmt.Errorf("element %d of %d is %g: must be %g", i, len(wide), g, w)
	}
	return nil
}
