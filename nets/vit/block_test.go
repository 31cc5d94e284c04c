package vit

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// randomize gives every variable of a store values from N(0, scale²), so that biases, norms and
// scales count.
func randomize(t graphtest.TB, store *model.Store, seed uint64, scale float32) {
	t.Helper()
	paths := []string{}
	for v := range store.IterVariables() {
		paths = append(paths, v.Path())
	}
	for i, path := range slices.Sorted(slices.Values(paths)) {
		v := store.GetVariable(path)
		values := graphtest.Normal(seed+uint64(i), v.Shape().Size())
		for j := range values {
			values[j] *= scale
		}
		if err := v.SetValue(graphtest.Tensor(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBlockEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads, width := rapid.IntRange(1, 3).Draw(t, "heads"), rapid.IntRange(1, 3).Draw(t, "head width")
		batch, tokens := rapid.IntRange(1, 2).Draw(t, "batch"), rapid.IntRange(1, 5).Draw(t, "tokens")
		c := Custom(16, 16, heads*width, 1, heads)
		c.MLPRatio = rapid.SampledFrom([]float64{1, 1.7, 4}).Draw(t, "mlp_ratio")
		c.SwiGLU = rapid.Bool().Draw(t, "swiglu")
		c.PostNorm = rapid.Bool().Draw(t, "post_norm")
		c.Activation = rapid.SampledFrom(append(Activations(), "")).Draw(t, "activation")
		c.QKVBias = rapid.Bool().Draw(t, "qkv_bias")
		c.LayerScale = rapid.SampledFrom([]float64{0, 1e-5, 1}).Draw(t, "layer_scale")
		c.LayerNormEps = 1e-2 // narrow rows would otherwise amplify rounding
		network, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		store, seed := model.NewStore(), rapid.Uint64().Draw(t, "seed")
		x := graphtest.Normal(seed, batch*tokens*c.EmbedDim)
		build := func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			y, probabilities := network.block(scope.At("0"), in[0], 0, true)
			return []*graph.Node{y, probabilities}
		}
		input := graphtest.Tensor(x, batch, tokens, c.EmbedDim)
		graphtest.Call(t, store, build, input) // creates the variables
		randomize(t, store, seed, 0.7)
		outputs := graphtest.Call(t, store, build, input)

		slow := newSlowBlock(c, store, "/0")
		var wantY, wantAttention []float64
		for b := range batch {
			rows := make([][]float64, tokens)
			for i := range rows {
				from := (b*tokens + i) * c.EmbedDim
				rows[i] = graphtest.Float64s(x[from : from+c.EmbedDim])
			}
			y, probabilities := slow.forward(rows)
			wantY = append(wantY, slices.Concat(y...)...)
			for _, head := range probabilities {
				wantAttention = append(wantAttention, slices.Concat(head...)...)
			}
		}
		testkit.AllClose(t, "block", graphtest.Float64s(graphtest.Floats(outputs[0])), wantY, 2e-4)
		testkit.AllClose(t, "attention", graphtest.Float64s(graphtest.Floats(outputs[1])), wantAttention, 2e-5)
	})
}
