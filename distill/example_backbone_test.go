package distill_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/schedule"
)

// colours is a backbone of one's own: two features, each a weighted mean of the colours of an
// image. Its weights are trained.
type colours struct{}

func (colours) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	mean := graph.ReduceMean(images, 2, 3) // [B, 3, H, W] → [B, 3]
	weight := scope.VariableWithValue("weight", [][]float32{{0.3, -0.5}, {0.6, 0.2}, {0.1, 0.8}})
	return graph.Dot(mean, weight.NodeValue(images.Graph())).Product() // [B, 2]
}

// Any network can be the backbone: its variables get a teacher that follows them.
func ExampleBackbone() {
	c := distill.DefaultConfig()
	c.Backbone = colours{}
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 64
	m, err := distill.New(c)
	if err != nil {
		panic(err)
	}
	engine, err := cpu.New("")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore()
	if err := m.Init(engine, store, 1, [4]int{2, 3, 8, 8}); err != nil {
		panic(err)
	}
	optimizer := distill.DefaultOptimizer()
	step, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		out, _ := m.Step(scope, distill.Input{Global: in[1:]}, in[0], optimizer)
		return out.Embedding
	})
	if err != nil {
		panic(err)
	}
	view := make([]float32, 2*3*8*8) // two images
	for i := range view {
		view[i] = float32(i%13)/6 - 1
	}
	views := tensors.FromFlatDataAndDimensions(view, 2, 3, 8, 8)
	h := distill.Hyper{
		Values:  schedule.Values{LR: 1e-3, Momentum: 0.996, TeacherTemp: m.TeacherTemperature(0)},
		Updates: 1, LastLayer: 1,
	}
	outputs, err := step.Call(optimizer.Vector(h), views, views)
	if err != nil {
		panic(err)
	}
	fmt.Println("features of two views of two images:", outputs[0].Shape())
	for _, role := range []string{"student", "teacher"} {
		weight := tensors.MustCopyFlatData[float32](store.GetVariable("/backbone/" + role + "/weight").MustValue())
		fmt.Println(role, "has moved:", weight[0] != 0.3)
	}
	// Output:
	// features of two views of two images: (Float32)[4, 2]
	// student has moved: true
	// teacher has moved: true
}
