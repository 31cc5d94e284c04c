package optim

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

func slowNorm(gradients ...[]float32) float64 {
	sum := 0.0
	for _, gradient := range gradients {
		for _, g := range gradient {
			sum += float64(g) * float64(g)
		}
	}
	return math.Sqrt(sum)
}

func slowClip(gradient []float32, norm, limit float64) []float64 {
	factor, out := min(1, limit/(norm+1e-6)), make([]float64, len(gradient))
	for i, g := range gradient {
		out[i] = float64(g) * factor
	}
	return out
}

func TestClippingEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]float64{1e-3, 0.5, 3, 100}).Draw(t, "limit")
		var gradients [][]float32
		var inputs []*tensors.Tensor
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 6), 1, 4).Draw(t, "sizes") {
			g := graphtest.Normal(rapid.Uint64().Draw(t, "seed")+uint64(i), n)
			if rapid.Bool().Draw(t, "zero") {
				clear(g)
			}
			gradients, inputs = append(gradients, g), append(inputs, graphtest.Tensor(g, n))
		}
		outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return append(append(ClipGlobal(in, limit), ClipPerTensor(in, limit)...), Norm(in))
		}, inputs...)
		n, total := len(gradients), slowNorm(gradients...)
		testkit.AllClose(t, "norm", []float64{float64(tensors.ToScalar[float32](outputs[2*n]))}, []float64{total}, 1e-5)
		for i, g := range gradients {
			testkit.AllClose(t, "global", graphtest.Float64s(graphtest.Floats(outputs[i])), slowClip(g, total, limit),
				1e-5)
			testkit.AllClose(t, "per tensor", graphtest.Float64s(graphtest.Floats(outputs[n+i])),
				slowClip(g, slowNorm(g), limit), 1e-5)
		}
	})
}

// Where gradients are as small as the number added to their norm, that number decides: 1e-7 of a
// norm of 1e-7 leaves 1/11 of it, and a sum of zeros stays what it is.
func TestClippingOfTinyGradients(t *testing.T) {
	tiny, zero := graphtest.Tensor([]float32{1e-7, 0}, 2), graphtest.Tensor([]float32{0, 0}, 2)
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return append(ClipGlobal(in, 1e-7), ClipPerTensor(in, 1e-7)...)
	}, tiny, zero)
	for i, output := range outputs {
		want := []float64{1e-7 / 11, 0, 1e-7 / 11, 0}[i]
		if got := float64(graphtest.Floats(output)[0]); math.Abs(got-want) > 1e-12 {
			t.Errorf("output %d is %g, want %g", i, got, want)
		}
	}
}

// Clipping hides no non-finite gradient.
func TestClippingKeepsNonFiniteGradients(t *testing.T) {
	nan := graphtest.Tensor([]float32{1, float32(math.NaN())}, 2)
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return append(ClipGlobal(in, 1), ClipPerTensor(in, 1)...)
	}, nan)
	for i, output := range outputs {
		if got := float64(graphtest.Floats(output)[1]); !math.IsNaN(got) {
			t.Errorf("output %d turns NaN into %g", i, got)
		}
	}
}
