package layer

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

func slowLayerNorm(x, weight, bias []float32, eps float64) []float64 {
	d := len(weight)
	y := make([]float64, len(x))
	for from := 0; from < len(x); from += d {
		mean, variance := 0.0, 0.0
		for _, v := range x[from : from+d] {
			mean += float64(v) / float64(d)
		}
		for _, v := range x[from : from+d] {
			variance += (float64(v) - mean) * (float64(v) - mean) / float64(d)
		}
		for i, v := range x[from : from+d] {
			y[from+i] = (float64(v)-mean)/math.Sqrt(variance+eps)*float64(weight[i]) + float64(bias[i])
		}
	}
	return y
}

func TestLayerNormEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, d := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 7).Draw(t, "d")
		eps := rapid.SampledFrom([]float64{1e-6, 1e-3, 1}).Draw(t, "eps")
		seed := rapid.Uint64().Draw(t, "seed")
		x, weight, bias := graphtest.Normal(seed, 2*rows*d), graphtest.Normal(seed+1, d), graphtest.Normal(seed+2, d)
		store := model.NewStore()
		for name, v := range map[string][]float32{"/norm/weight": weight, "/norm/bias": bias} {
			if _, err := store.CreateVariable(name, graphtest.Tensor(v, d)); err != nil {
				t.Fatal(err)
			}
		}
		y := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{LayerNorm(scope.At("norm"), in[0], eps)}
		}, graphtest.Tensor(x, rows, 2, d))[0]
		// Where all of a row is nearly equal, the rounding of x is divided by a tiny deviation.
		testkit.AllClose(t, "layer norm", graphtest.Float64s(graphtest.Floats(y)), slowLayerNorm(x, weight, bias, eps),
			5e-4)
	})
}

func TestLayerNormStartsAsTheIdentityOfNormalisedRows(t *testing.T) {
	x := []float32{-1, 1, 1, -1}
	y := graphtest.Call(t, model.NewStore(), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{LayerNorm(scope, in[0], 1e-12)}
	}, graphtest.Tensor(x, 1, 4))[0]
	testkit.AllClose(t, "layer norm", graphtest.Floats(y), x, 1e-6)
}

// Statistics are float32: a row with a large mean keeps its deviations in bfloat16 input, up to the
// rounding of the input.
func TestLayerNormOfBFloat16(t *testing.T) {
	x := []float32{256, 258, 260, 262} // exact in bfloat16; their squares are not
	y := graphtest.Call(t, model.NewStore(), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		y := LayerNorm(scope, graph.ConvertDType(in[0], dtypes.BFloat16), 1e-6)
		if y.DType() != dtypes.BFloat16 {
			t.Errorf("the output is %s, want bfloat16", y.DType())
		}
		return []*graph.Node{Float32(y)}
	}, graphtest.Tensor(x, 1, 4))[0]
	want := slowLayerNorm(x, []float32{1, 1, 1, 1}, make([]float32, 4), 1e-6)
	testkit.AllClose(t, "layer norm", graphtest.Float64s(graphtest.Floats(y)), want, 5e-3)
}

func TestL2NormEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, d := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 8).Draw(t, "d")
		x := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), rows*d)
		scale := rapid.SampledFrom([]float32{1e-6, 1, 1e6}).Draw(t, "scale")
		want := make([]float64, len(x))
		for from := 0; from < len(x); from += d {
			norm := 0.0
			for i := from; i < from+d; i++ {
				x[i] *= scale
				norm += float64(x[i]) * float64(x[i])
			}
			for i := from; i < from+d; i++ {
				want[i] = float64(x[i]) / max(math.Sqrt(norm), 1e-12)
			}
		}
		y := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{L2Norm(in[0], 1e-12)}
		}, graphtest.Tensor(x, rows, d))[0]
		testkit.AllClose(t, "L2 norm", graphtest.Float64s(graphtest.Floats(y)), want, 2e-6)
	})
}

// A row of zeros stays zero, and its gradient is finite.
func TestL2NormOfZeros(t *testing.T) {
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		y := L2Norm(in[0], 1e-12)
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(graph.Square(y)), in[0])[0]}
	}, graphtest.Tensor([]float32{0, 0, 3, 4}, 2, 2))
	testkit.AllClose(t, "L2 norm", graphtest.Floats(outputs[0]), []float32{0, 0, 0.6, 0.8}, 1e-6)
	testkit.AllClose(t, "gradient of the squared norm", graphtest.Floats(outputs[1]), make([]float32, 4), 1e-6)
}
