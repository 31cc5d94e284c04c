package distill

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/schedule"
)

// What is packed under a name is unpacked under it, wherever a number is added to the list: here
// first, in the middle and last.
func TestVectorIsUnpackedAsItIsPacked(t *testing.T) {
	added := carried{"added", func(_ Optimizer, h Hyper) float64 { return float64(100 + h.LastLayer) }}
	h := Hyper{
		Values:  schedule.Values{LR: 1, WeightDecay: 2, Momentum: 3, TeacherTemp: 4, FreezeLastLayer: true},
		Updates: 5, LastLayer: 6,
	}
	for _, at := range []int{0, 3, len(vectorNumbers)} {
		list := slices.Insert(slices.Clone(vectorNumbers), at, added)
		vector := list.pack(DefaultOptimizer(), h)
		want := map[string]float32{rate: 1, weightDecay: 2, momentum: 3, teacherTemp: 4, frozen: 1, "added": 106}
		names := sorted(want)
		outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			nodes := list.unpack(in[0])
			var out []*graph.Node
			for _, name := range names {
				out = append(out, nodes.at(name))
			}
			return out
		}, graphtest.Tensor(vector, len(vector)))
		for i, name := range names {
			testkit.AllClose(t, name, graphtest.Floats(outputs[i]), []float32{want[name]}, 0)
		}
	}
}

// A number that the vector does not carry is named at once.
func TestUnknownNumberOfTheVector(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a misspelt name gives a node")
		}
	}()
	carriedNodes{}.at("learning_rate")
}
