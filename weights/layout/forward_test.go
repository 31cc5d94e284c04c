package layout_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

//go:embed testdata/forward.py
var forward string

// TestFeaturesAreTheirs reads weights of DINOv2 and of transformers' Dinov2Model, with and without
// registers and gated MLPs, and compares the features at several sizes with those of the projects'
// definitions, run by PyTorch.
func TestFeaturesAreTheirs(t *testing.T) {
	python := pythontest.Find(t, "torch")
	var jobs [][]any
	for _, registers := range []int{0, 4} {
		for _, gated := range []bool{false, true} {
			for project, tensors := range inBothProjects(t, registers, gated) {
				path := writePTH(t, tensors, nil)
				for _, size := range [][2]int{{42, 42}, {56, 56}, {28, 70}} {
					jobs = append(jobs, []any{path, project, 1, 14, size[0], size[1]})
				}
			}
		}
	}
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]float32
	pythontest.Run(t, python, forward, &want, string(text))
	for i, job := range jobs {
		m := open(t, job[0].(string), layout.Options{})
		c := m.Network.(vit.Config)
		c.LayerNormEps = 1e-6 // transformers' config.json would say so
		name := fmt.Sprintf("%s, %d registers, gated %v, %d×%d", job[1], c.RegTokens, c.SwiGLU, job[4], job[5])
		m.Network = c
		testkit.AllClose(t, name, features(t, m, [2]int{job[4].(int), job[5].(int)}), want[i], 2e-5)
	}
}

// inBothProjects are the tensors of a network under the names of DINOv2 and of transformers.
func inBothProjects(t *testing.T, registers int, gated bool) map[string]map[string]weights.Tensor {
	t.Helper()
	c := vit.Custom(42, 14, 64, 2, 1)
	c.LayerScale, c.RegTokens, c.SwiGLU = 1e-5, registers, gated
	shapes := c.Shapes()
	shapes["pos_embed"] = []int{1, 10, 64}
	tensors := tensorsOf(shapes, 5)
	// products of numbers near 1 would make the softmax a maximum, which magnifies rounding
	for name, tensor := range tensors {
		values := float32s(t, tensor)
		for i := range values {
			values[i] /= 4
		}
		tensors[name] = weights.FromFloat32s(tensor.Shape, values)
	}
	meta, hf := renamed(tensors, "reg_token", "register_tokens"), inTransformers(t, tensors, true)
	if gated {
		meta = renamed(meta, "mlp.fc1", "mlp.w12", "mlp.fc2", "mlp.w3")
		hf = renamed(hf, "mlp.fc1", "mlp.weights_in", "mlp.fc2", "mlp.weights_out")
	}
	return map[string]map[string]weights.Tensor{"dinov2": merged(meta, one("mask_token", 1, 64)), "hf": hf}
}

// features runs our network on two images of sines.
func features(t *testing.T, m *layout.Model, size [2]int) []float32 {
	t.Helper()
	network, err := m.Network.New()
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := variables.Create(store, "/vit", m.Teacher); err != nil {
		t.Fatal(err)
	}
	images := make([]float32, 2*3*size[0]*size[1])
	for i := range images {
		images[i] = float32(math.Sin(float64(i)))
	}
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{network.Forward(scope.At("vit"), in[0])}
	}, graphtest.Tensor(images, 2, 3, size[0], size[1]))
	return graphtest.Floats(outputs[0])
}
