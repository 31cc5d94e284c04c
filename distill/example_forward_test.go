package distill_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
)

// The features of images are the teacher's.
func ExampleModel_Forward() {
	m, err := distill.New(recipe())
	if err != nil {
		panic(err)
	}
	engine, err := cpu.New("")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore()
	if err := m.Init(engine, store, 1, [4]int{1, 3, side, side}); err != nil {
		panic(err)
	}
	features, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) *graph.Node {
		return m.Forward(scope, distill.Input{Images: images}, nil).Embedding
	})
	if err != nil {
		panic(err)
	}
	outputs, err := features.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 5, 3, 16, 24)))
	if err != nil {
		panic(err)
	}
	fmt.Println(outputs[0].Shape())
	// Output: (Float32)[5, 24]
}
