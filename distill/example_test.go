package distill_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/testkit/modelcase"
)

// Three steps of training on one batch of four images, each seen as two global views and a local one.
func ExampleModel_Step() {
	m, store, engine := modelcase.Small()
	optimizer := distill.DefaultOptimizer()
	step, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		_, metrics := m.Step(scope, distill.Input{Global: in[1:3], Local: in[3:]}, in[0], optimizer)
		return metrics.Loss
	})
	if err != nil {
		panic(err)
	}
	view := func(side int) *tensors.Tensor { // stands for what augmentation makes of the images
		x := tensors.FromShape(shapes.Make(dtypes.Float32, 4, 3, side, side))
		tensors.MustMutableFlatData(x, func(pixels []float32) {
			for i := range pixels {
				pixels[i] = float32((i*i)%17)/8 - 1
			}
		})
		return x
	}
	global, other, local := view(16), view(16), view(8)
	for n := 1; n <= 3; n++ {
		h := distill.Hyper{LR: 1e-3, WeightDecay: 0.04, Momentum: 0.996, TeacherTemp: m.TeacherTemperature(0), Updates: n, LastLayer: n}
		outputs, err := step.Call(optimizer.Vector(h), global, other, local)
		if err != nil {
			panic(err)
		}
		fmt.Println("the loss is a number:", tensors.ToScalar[float32](outputs[0]) > 0)
	}
	// Output:
	// the loss is a number: true
	// the loss is a number: true
	// the loss is a number: true
}

// The features of images are the teacher's.
func ExampleModel_Forward() {
	m, store, engine := modelcase.Small()
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

// colours is a backbone of one's own: the mean colour of an image.
type colours struct{}

func (colours) Forward(_ *model.Scope, images *graph.Node) *graph.Node {
	return graph.ReduceMean(images, 2, 3) // [B, C, H, W] → [B, C]
}

// Any network can be the encoder.
func ExampleBackbone() {
	c := distill.DefaultConfig()
	c.Backbone = colours{}
	m, err := distill.New(c)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.NPrototypes)
	// Output: 65536
}
