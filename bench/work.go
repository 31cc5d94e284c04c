package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"
)

// work is one thing that is timed on both sides, under one name.
type work struct {
	name, title string
	small       bool // not in the default list: for a quick look, and tests
	// build returns the function that does the work once, in a precision by its name.
	build func(e compute.Backend, precision string) (func() error, error)
}

var works = []work{
	{name: "forward-1", title: "ViT-S/16 forward, one image", build: pass(1, false)},
	{name: "forward-8", title: "ViT-S/16 forward, 8 images", build: pass(8, false)},
	{name: "backward-8", title: "ViT-S/16 forward + backward, 8 images", build: pass(8, true)},
	{
		name: "step-8", title: "DINO step, ViT-S/16, 8 images, 2×224 + 6×96 px, K 65,536",
		build: step(distill.DefaultConfig, 8, 224, 6, 96),
	},
	{
		name: "tiny-step-64", title: "DINO step, width 64, 64 images, 2×32 + 4×16 px, K 256", small: true,
		build: step(tiny, 64, 32, 4, 16),
	},
}

// tiny is a network of the size of the demo's.
func tiny() distill.Config {
	c := distill.DefaultConfig()
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(32, 8, 64, 3, 2)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 256, 64, 256
	return c
}

// pass is ViT-S/16 at 224 px over a batch, and the gradients of the sum of its features for all
// parameters.
func pass(batch int, backward bool) func(compute.Backend, string) (func() error, error) {
	return func(e compute.Backend, computing string) (func() error, error) {
		c, err := vit.Variant("vit_small_patch16_224")
		if err != nil {
			return nil, err
		}
		m, err := vit.New(c)
		if err != nil {
			return nil, err
		}
		store := model.NewStore()
		exec, err := model.NewExec(e, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			x := precision.Convert(in[0], computing)
			y := graph.ReduceAllSum(graph.ConvertDType(m.Forward(scope.At("vit"), x), dtypes.Float32))
			if !backward {
				return []*graph.Node{y}
			}
			var parameters []*graph.Node
			names, byName := layer.Within(store, "/vit")
			for _, name := range names {
				parameters = append(parameters, byName[name].NodeValue(x.Graph()))
			}
			return append([]*graph.Node{y}, graph.Gradient(y, parameters...)...)
		})
		if err != nil {
			return nil, err
		}
		images := tensors.FromFlatDataAndDimensions(make([]float32, batch*3*224*224), batch, 3, 224, 224)
		return call(exec, images), nil
	}
}

// step is a whole training step: two global views of one size, some local ones of another.
func step(config func() distill.Config, batch, globalSize, localViews,
	localSize int,
) func(compute.Backend, string) (func() error, error) {
	return func(e compute.Backend, precision string) (func() error, error) {
		c := config()
		c.Precision = precision
		m, err := distill.New(c)
		if err != nil {
			return nil, err
		}
		store := model.NewStore()
		if err := m.Init(e, store, 1, [4]int{1, 3, globalSize, globalSize}); err != nil {
			return nil, err
		}
		opt := distill.DefaultOptimizer()
		exec, err := model.NewExec(e, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			_, metrics := m.Step(scope, distill.Input{Global: in[1:3], Local: in[3:]}, in[0], opt)
			return metrics.Nodes()
		})
		if err != nil {
			return nil, err
		}
		hyper := distill.Hyper{
			Values:  schedule.Values{LR: 1e-4, WeightDecay: 0.04, Momentum: 0.996, TeacherTemp: 0.04},
			Updates: 1, LastLayer: 1,
		}
		args := []any{tensors.FromValue(opt.Vector(hyper))}
		for i := range 2 + localViews {
			side := localSize
			if i < 2 {
				side = globalSize
			}
			args = append(args, views(uint64(i), batch, side))
		}
		return call(exec, args...), nil
	}
}

// views are images [batch, 3, side, side] of standard normal numbers.
func views(seed uint64, batch, side int) *tensors.Tensor {
	random := rand.New(rand.NewPCG(seed, 0))
	flat := make([]float32, batch*3*side*side)
	for i := range flat {
		flat[i] = float32(random.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(flat, batch, 3, side, side)
}

// call is one execution whose results are dropped at once.
func call(exec *model.Exec, args ...any) func() error {
	return func() error {
		outputs, err := exec.Call(args...)
		if err != nil {
			return err
		}
		for _, o := range outputs {
			if err := o.FinalizeAll(); err != nil {
				return fmt.Errorf("a result: %w", err)
			}
		}
		return nil
	}
}
