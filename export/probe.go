package export

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// probe returns an image [1, channels, height, width] for comparing networks: waves of several
// lengths, in the range of normalised pixels, that differ in every channel and place.
func probe(channels int, size [2]int) *tensors.Tensor {
	values := make([]float32, 0, channels*size[0]*size[1])
	for c := range channels {
		for y := range size[0] {
			for x := range size[1] {
				u, v := float64(x)/float64(size[1]), float64(y)/float64(size[0])
				wave := math.Sin(2*math.Pi*(3*u+float64(c)*v)) + 0.7*math.Cos(2*math.Pi*(11*u*v-float64(c)/3)) +
					0.3*math.Sin(1.7*float64(x)+2.3*float64(y))
				values = append(values, float32(wave))
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(values, 1, channels, size[0], size[1])
}

// network is a backbone with, where logits are compared, a head.
type network struct {
	config   nets.Config
	backbone map[string]weights.Tensor
	kind     *layout.Head
	head     map[string]weights.Tensor
}

// outputs computes features, patch tokens and, with a head, logits of images.
func (n network) outputs(engine compute.Backend, images *tensors.Tensor) ([][]float32, error) {
	backbone, err := n.config.New()
	if err != nil {
		return nil, err
	}
	var head distill.Head
	if n.head != nil {
		if head, err = distill.NewHead(*n.kind); err != nil {
			return nil, err
		}
	}
	store := model.NewStore()
	sets := map[string]map[string]weights.Tensor{"/backbone": n.backbone, "/head": n.head}
	for scope, set := range sets {
		if err := variables.Create(store, scope, set); err != nil {
			return nil, err
		}
	}
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		scope.Store().SetTraining(images.Graph(), false)
		out := backbone.WithoutNoise().ForwardAll(scope.At("backbone"), images, nets.Want{})
		results := []*graph.Node{out.Features, out.Patches()}
		if head != nil {
			results = append(results, head.Forward(scope.At("head"), out.Features))
		}
		return results
	})
	if err != nil {
		return nil, err
	}
	results, err := exec.WithName("dino.export").Call(images)
	if err != nil {
		return nil, err
	}
	for scope, set := range sets {
		if names, _ := layer.Within(store, scope); len(names) != len(set) {
			return nil, fmt.Errorf("the network has %d variables below %s, the weights %d", len(names), scope, len(set))
		}
	}
	values := make([][]float32, len(results))
	for i, r := range results {
		if values[i], err = tensors.CopyFlatData[float32](r); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// largest returns the largest difference between outputs. It is NaN if there is one.
func largest(a, b [][]float32) (float64, error) {
	if len(a) != len(b) {
		return 0, fmt.Errorf("there are %d outputs, want %d", len(a), len(b))
	}
	worst := 0.0
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return 0, fmt.Errorf("output %d has %d elements, want %d", i, len(a[i]), len(b[i]))
		}
		for j := range a[i] {
			if d := math.Abs(float64(a[i][j]) - float64(b[i][j])); d > worst || math.IsNaN(d) {
				worst = d
			}
			if math.IsNaN(worst) {
				return worst, nil
			}
		}
	}
	return worst, nil
}
