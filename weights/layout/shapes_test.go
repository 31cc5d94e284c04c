package layout_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights/layout"
)

// TestShapesAreThoseOfTheNetwork compares the list with the variables that the network creates.
func TestShapesAreThoseOfTheNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawNetwork(t)
		c.Depth = min(c.Depth, 2)
		c.NoEmbedClass = rapid.Bool().Draw(t, "no embed class")
		if c.GlobalPool == vit.PoolAvg {
			c.ClassToken = rapid.Bool().Draw(t, "class token")
		}
		network, err := vit.New(c)
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		size := c.InChannels * c.ImageSize[0] * c.ImageSize[1]
		graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{network.Forward(scope.At("vit"), in[0])}
		}, graphtest.Tensor(make([]float32, size), 1, c.InChannels, c.ImageSize[0], c.ImageSize[1]))
		names, byName := layer.Within(store, "/vit")
		want := layout.Shapes(c)
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
