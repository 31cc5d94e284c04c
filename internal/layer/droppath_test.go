package layer

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// drops runs DropPath over a batch of ones [n, 2] and returns the factor of every sample, which
// must be one for the whole sample.
func drops(t *testing.T, store *model.Store, n int, rate float64) []float32 {
	t.Helper()
	ones := slices.Repeat([]float32{1}, 2*n)
	y := graphtest.Floats(graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{DropPath(scope, in[0], rate)}
	}, graphtest.Tensor(ones, n, 2))[0])
	factors := make([]float32, n)
	for i := range factors {
		if factors[i] = y[2*i]; y[2*i+1] != factors[i] {
			t.Errorf("sample %d is scaled by %g and %g, want one factor a sample", i, y[2*i], y[2*i+1])
		}
	}
	return factors
}

// noisy returns a store whose random state comes from a seed.
func noisy(seed uint64) *model.Store {
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(int64(seed)); err != nil {
		panic(err)
	}
	return store
}

func TestDropPathDropsAtItsRateAndKeepsTheExpectation(t *testing.T) {
	const n = 20000
	for _, rate := range []float64{0.1, 0.5, 0.9} {
		dropped, sum := 0, 0.0
		keep := float32(1 / (1 - rate))
		for _, f := range drops(t, noisy(3), n, rate) {
			switch {
			case f == 0:
				dropped++
			case math.Abs(float64(f-keep)) > 1e-6:
				t.Fatalf("rate %g scales a sample by %g, want 0 or %g", rate, f, keep)
			}
			sum += float64(f)
		}
		se := math.Sqrt(rate * (1 - rate) / n)
		if got := float64(dropped) / n; math.Abs(got-rate) > 5*se {
			t.Errorf("rate %g drops %g of the samples", rate, got)
		}
		if mean := sum / n; math.Abs(mean-1) > 5*se/(1-rate) {
			t.Errorf("rate %g has mean factor %g, want 1", rate, mean)
		}
	}
}

func TestDropPathOfRateZeroIsTheIdentity(t *testing.T) {
	store := model.NewStore()
	graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		if y := DropPath(scope, in[0], 0); y != in[0] {
			t.Error("rate 0 adds operations to the graph")
		}
		return in
	}, graphtest.Tensor([]float32{1}, 1))
	if store.NumVariables() > 0 {
		t.Error("rate 0 creates a random state")
	}
}

// Every draw differs from the one before, and all of them follow from the seed: setting it again
// repeats them.
func TestDropPathIsAFunctionOfTheSeed(t *testing.T) {
	const n, rate = 64, 0.5
	store := noisy(7)
	first, second := drops(t, store, n, rate), drops(t, store, n, rate)
	if slices.Equal(first, second) {
		t.Error("two draws are equal")
	}
	if !slices.Equal(first, drops(t, noisy(7), n, rate)) {
		t.Error("two stores of one seed draw different numbers")
	}
	if slices.Equal(first, drops(t, noisy(8), n, rate)) {
		t.Error("two seeds draw the same numbers")
	}
	if err := store.SetRNGStateFromSeed(7); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, drops(t, store, n, rate)) {
		t.Error("a store that is seeded again draws other numbers")
	}
}

func TestDropPathsOfOneGraphDiffer(t *testing.T) {
	ones := graphtest.Tensor(slices.Repeat([]float32{1}, 64), 64)
	outputs := graphtest.Call(t, noisy(1), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{DropPath(scope, in[0], 0.5), DropPath(scope, in[0], 0.5)}
	}, ones)
	if slices.Equal(graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])) {
		t.Error("two branches of one pass drop the same samples")
	}
}

func TestDropPathPassesTheGradientOfKeptSamples(t *testing.T) {
	ones := slices.Repeat([]float32{1}, 32)
	outputs := graphtest.Call(t, noisy(1), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		y := DropPath(scope, in[0], 0.5)
		if half := DropPath(scope, graph.ConvertDType(in[0], dtypes.BFloat16), 0.5); half.DType() != dtypes.BFloat16 {
			t.Errorf("the type becomes %s, want bfloat16", half.DType())
		}
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(y), in[0])[0]}
	}, graphtest.Tensor(ones, 32))
	if y, gradient := graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1]); !slices.Equal(y, gradient) {
		t.Errorf("the gradient is %v, want the factors %v", gradient, y)
	}
}
