package distill_test

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"
)

const side, patch = 16, 8 // pixels of a global view and of a patch

// recipe is a very small transformer with a very small head.
func recipe() distill.Config {
	c := distill.DefaultConfig()
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(side, patch, 24, 2, 3) // 2 blocks of width 24 with 3 heads
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 64
	return c
}

// render draws the views of four images in an epoch: two global ones [4, 3, 16, 16] and a local one
// [4, 3, 8, 8].
func render(views *augment.MultiCrop, epoch int) []any {
	pixels, sides := make([][]float32, 3), [3]int{side, side, side / 2}
	var scratch augment.Scratch
	for index := range 4 {
		img := augment.NewImage(40, 30) // stands for a decoded image
		for i := range img.Pix {
			img.Pix[i] = uint8(i * (index + 3))
		}
		for v, view := range views.Sample(augment.NewRand(1, epoch, index), img.Width, img.Height) {
			one := make([]float32, 3*view.Size*view.Size)
			views.Render(one, img, view, &scratch)
			pixels[v] = append(pixels[v], one...)
		}
	}
	var inputs []any
	for v, p := range pixels {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(p, 4, 3, sides[v], sides[v]))
	}
	return inputs
}

// A training loop of one's own, with views from package augment and the learning rate from package
// schedule. dino.SaveTeacher keeps what it comes to.
func ExampleModel_Step() {
	m, err := distill.New(recipe())
	if err != nil {
		panic(err)
	}
	crops := augment.Default(augment.Paper)
	crops.GlobalCrops.Size, crops.LocalCrops.Size, crops.LocalCrops.Number = side, side/2, 1
	views, err := augment.New(crops, patch)
	if err != nil {
		panic(err)
	}
	engine, err := cpu.New("")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore() // weights, moments and center
	if err := m.Init(engine, store, 1, [4]int{4, 3, side, side}); err != nil {
		panic(err)
	}
	optimizer := distill.DefaultOptimizer()
	step, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		_, metrics := m.Step(scope, distill.Input{Global: in[1:3], Local: in[3:]}, in[0], optimizer)
		return metrics.Values
	})
	if err != nil {
		panic(err)
	}
	rate := schedule.Cosine{Base: 1e-3, Final: 1e-6, Warmup: 1, Total: 3}
	for n := range 3 {
		h := distill.Hyper{
			Values: schedule.Values{
				LR: rate.At(n), WeightDecay: 0.04, Momentum: 0.996, TeacherTemp: m.TeacherTemperature(0),
			},
			Updates: n + 1, LastLayer: n + 1,
		}
		outputs, err := step.Call(append([]any{optimizer.Vector(h)}, render(views, n)...)...)
		if err != nil {
			panic(err)
		}
		loss := m.Measured(tensors.MustCopyFlatData[float32](outputs[0])).Of(distill.Loss)
		fmt.Println("the loss is finite:", loss > 0 && !math.IsInf(loss, 0))
	}
	// Output:
	// the loss is finite: true
	// the loss is finite: true
	// the loss is finite: true
}
