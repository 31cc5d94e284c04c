package vit

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// lossAndGradients returns the bits of a loss, of its gradients by all variables and by the images,
// and the number of nodes that it took.
func lossAndGradients(t *testing.T, c Config) ([][]float32, int) {
	t.Helper()
	network, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(5); err != nil {
		t.Fatal(err)
	}
	nodes := 0
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		loss := graph.ReduceAllMean(graph.Exp(network.Forward(scope.At("vit"), in[0])))
		names, byName := layer.Within(store, "/vit")
		wrt := []*graph.Node{in[0]}
		for _, name := range names {
			wrt = append(wrt, byName[name].NodeValue(loss.Graph()))
		}
		gradients := graph.Gradient(loss, wrt...)
		nodes = len(loss.Graph().Nodes())
		return append(gradients, loss)
	}, graphtest.Tensor(images(4, 12, 12), 4, 3, 12, 12))
	values := make([][]float32, len(outputs))
	for i, output := range outputs {
		values[i] = graphtest.Floats(output)
	}
	return values, nodes
}

// Recomputation changes memory and time, not the numbers, with stochastic depth too: the second
// pass drops what the first one did.
func TestRecomputeGivesTheSameLossAndGradients(t *testing.T) {
	for _, rate := range []float64{0, 0.5} {
		c := small()
		c.DropPath, c.LayerScale = rate, 0.1
		plain, nodes := lossAndGradients(t, c)
		c.Recompute = true
		recomputed, more := lossAndGradients(t, c)
		for i := range plain {
			if !slices.Equal(plain[i], recomputed[i]) {
				t.Errorf("drop path %g: output %d differs: %v and %v", rate, i, plain[i][:1], recomputed[i][:1])
			}
		}
		if more < nodes*5/4 {
			t.Errorf("drop path %g: %d operations with recomputation, %d without: nothing is recomputed", rate, more,
				nodes)
		}
	}
}
