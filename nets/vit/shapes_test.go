package vit

import (
	"maps"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// drawConfig draws a small network with any of the options that variables depend on.
func drawConfig(t *rapid.T) Config {
	draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	heads := draw("heads", 1, 3)
	c := Custom(0, draw("patch", 1, 4), heads*draw("head width", 1, 4), draw("depth", 1, 2), heads)
	c.ImageSize = [2]int{c.PatchSize * draw("rows", 1, 4), c.PatchSize * draw("columns", 1, 4)}
	c.InChannels, c.MLPRatio = draw("channels", 1, 4), rapid.Float64Range(1, 5).Draw(t, "mlp ratio")
	c.SwiGLU, c.QKVBias, c.NoEmbedClass = flag("swiglu"), flag("qkv bias"), flag("no embed class")
	c.RegTokens, c.LayerScale = draw("registers", 0, 3), rapid.SampledFrom([]float64{0, 1e-5}).Draw(t, "layer scale")
	if flag("average") {
		c.GlobalPool, c.ClassToken = PoolAvg, flag("class token")
	}
	c.DistToken, c.PostNorm = c.ClassToken && flag("distillation token"), flag("post-norm")
	c.Norm = rapid.SampledFrom([]string{"", NormTokens, NormFeatures, NormNone}).Draw(t, "final norm")
	return c
}

// TestShapesAreThoseOfTheNetwork compares the list with the variables that the network creates.
func TestShapesAreThoseOfTheNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		network, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		size := c.InChannels * c.ImageSize[0] * c.ImageSize[1]
		graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{network.Forward(scope.At("vit"), in[0])}
		}, graphtest.Tensor(make([]float32, size), 1, c.InChannels, c.ImageSize[0], c.ImageSize[1]))
		names, byName := layer.Within(store, "/vit")
		want := c.Shapes()
		if !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%+v: the network has %v\nwant %v", c, names, slices.Sorted(maps.Keys(want)))
		}
		for name, shape := range want {
			if !slices.Equal(byName[name].Shape().Dimensions, shape) {
				t.Errorf("%s is %v, want %v", name, byName[name].Shape().Dimensions, shape)
			}
		}
	})
}
