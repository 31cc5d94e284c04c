package vit_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights"
)

// goldenCase is the part of case.json that both families share.
type goldenCase struct {
	Params    vitcase.Params           `json:"params"`
	Sizes     map[string][2]int        `json:"sizes"`
	Rejects   [][2]int                 `json:"rejects"`
	Grads     []string                 `json:"grads"`
	GradLoss  map[string]testkit.Float `json:"grad_loss_f64"`
	NLast     int                      `json:"n_last"`
	NReturned int                      `json:"n_returned"`
}

func TestGoldenViT(t *testing.T) {
	testkit.GoldenCases(t, "vit", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "timm" {
			c.UnknownKind()
		}
		runGolden(t, c, vit.PosEmbedTimm)
	})
}

func TestGoldenViTOfficial(t *testing.T) {
	testkit.GoldenCases(t, "vit_official", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "official" {
			c.UnknownKind()
		}
		runGolden(t, c, vit.PosEmbedOfficial)
	})
}

func runGolden(t *testing.T, c *testkit.Case, posEmbed string) {
	var g goldenCase
	c.Decode(&g)
	network, err := vit.New(g.Params.Config(posEmbed))
	if err != nil {
		t.Fatal(err)
	}
	if g.Params.MLPHidden != 0 && network.MLPHidden() != g.Params.MLPHidden {
		t.Errorf("MLP hidden width is %d, want %d", network.MLPHidden(), g.Params.MLPHidden)
	}
	run := newGoldenRun(t, c, network)
	for tag, size := range g.Sizes {
		t.Run(tag, func(t *testing.T) { run.forward(t, tag, size, g) })
	}
	for _, tag := range g.Grads {
		t.Run("grads_"+tag, func(t *testing.T) { run.gradients(t, tag, float64(g.GradLoss[tag])) })
	}
	for _, size := range g.Rejects {
		t.Run(fmt.Sprintf("rejects_%dx%d", size[0], size[1]), func(t *testing.T) {
			images := tensors.FromFlatDataAndDimensions(make([]float32, network.InChannels*size[0]*size[1]), 1,
				network.InChannels, size[0], size[1])
			if _, err := run.exec(t, nets.Want{}).Call(images); err == nil ||
				!strings.Contains(err.Error(), "multiples of the patch size") {
				t.Errorf("an image of %v pixels gives %v, want an error about the patch size", size, err)
			}
		})
	}
}

type goldenRun struct {
	backend compute.Backend
	c       *testkit.Case
	network *vit.Model
	store   *model.Store
	io      *weights.File
	weights map[string]weights.Tensor
}

const goldenScope = "/vit" // scope.At("vit")

func newGoldenRun(t *testing.T, c *testkit.Case, network *vit.Model) *goldenRun {
	r := &goldenRun{c: c, network: network, store: model.NewStore(), io: c.Tensors(t, "io.safetensors")}
	var err error
	if r.backend, err = backend.Open("go"); err != nil {
		t.Fatal(err)
	}
	if r.weights, err = c.Tensors(t, "model.safetensors").Tensors(); err != nil {
		t.Fatal(err)
	}
	if err := variables.Create(r.store, goldenScope, r.weights); err != nil {
		t.Fatal(err)
	}
	return r
}

// exec runs Trace and returns features, tokens, position embedding, block input, then
// attention and blocks where wanted.
func (r *goldenRun) exec(t *testing.T, want nets.Want) *model.Exec {
	exec, err := model.NewExec(r.backend, r.store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := r.network.Trace(scope.At("vit"), images, want)
		outputs := []*graph.Node{out.Features, out.Tokens, out.PosEmbed, out.Input}
		if want.Attention {
			outputs = append(outputs, out.Attention)
		}
		if len(out.Blocks) > 0 {
			outputs = append(outputs, graph.Stack(out.Blocks, 0))
		}
		return outputs
	})
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

func (r *goldenRun) forward(t *testing.T, tag string, size [2]int, g goldenCase) {
	outputs, err := r.exec(t, nets.Want{LastBlocks: g.NLast, Attention: true}).Call(r.tensor(t, "images."+tag))
	if err != nil {
		t.Fatal(err)
	}
	// Importing what was created verifies that the network has exactly the variables of the file.
	if err := variables.Import(r.store, goldenScope, r.weights); err != nil {
		t.Fatal(err)
	}
	names := []string{"features.", "tokens.", "pos_embed.", "x0.", "attn."}
	if g.NLast > 0 {
		names = append(names, "intermediate.")
		if got := outputs[5].Shape().Dim(0); got != g.NReturned {
			t.Errorf("%d blocks are returned for %d, want %d", got, g.NLast, g.NReturned)
		}
	}
	for i, name := range names {
		name += tag
		if _, ok := r.io.Info(name); !ok && name == "tokens."+tag {
			continue // the official family has no tokens
		}
		want := float32s(t, r.io, name)
		testkit.AllClose(t, name, tensors.MustCopyFlatData[float32](outputs[i]), want,
			testkit.Accept(r.c.Tolerance("io:"+name)))
	}
}

func (r *goldenRun) gradients(t *testing.T, tag string, loss float64) {
	var names []string
	exec, err := model.NewExec(r.backend, r.store,
		func(scope *model.Scope, images, direction *graph.Node) []*graph.Node {
			features := r.network.Forward(scope.At("vit"), images)
			loss := graph.ReduceAllSum(graph.Mul(features, direction))
			var byName map[string]*model.Variable
			names, byName = layer.Within(r.store, goldenScope)
			wrt := []*graph.Node{images}
			for _, name := range names {
				wrt = append(wrt, byName[name].NodeValue(images.Graph()))
			}
			return append([]*graph.Node{loss}, graph.Gradient(loss, wrt...)...)
		})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(r.tensor(t, "images."+tag), r.tensor(t, "G."+tag))
	if err != nil {
		t.Fatal(err)
	}
	// The loss is a sum of products: its rounding scales with their magnitudes, and with that of
	// the features in them.
	allowed, hint := 0.0, r.c.Tolerance("io:features."+tag)
	direction := float32s(t, r.io, "G."+tag)
	for i, f := range float32s(t, r.io, "features."+tag) {
		allowed += math.Abs(float64(direction[i])) * (2e-6*math.Abs(float64(f)) + 10*hint.MaxAbs)
	}
	testkit.AllClose(t, "loss", []float64{float64(tensors.ToScalar[float32](outputs[0]))}, []float64{loss}, allowed)

	file := "grads_" + tag
	grads := r.c.Tensors(t, file+".safetensors")
	scale := 0.0 // the largest of all gradients: some are zero in exact arithmetic
	for _, name := range grads.Names() {
		scale = max(scale, r.c.Tolerance(file+":"+name).Scale)
	}
	if len(names)+1 != len(grads.Names()) {
		t.Errorf("%d gradients, the reference has %d", len(names)+1, len(grads.Names()))
	}
	for i, name := range append([]string{"input"}, names...) {
		tol := r.c.Tolerance(file + ":" + name)
		tol.Scale = scale
		testkit.AllClose(t, name, tensors.MustCopyFlatData[float32](outputs[i+1]), float32s(t, grads, name),
			testkit.Accept(tol))
	}
}

func (r *goldenRun) tensor(t *testing.T, name string) *tensors.Tensor {
	info, ok := r.io.Info(name)
	if !ok {
		t.Fatalf("io.safetensors lacks %s", name)
	}
	return tensors.FromFlatDataAndDimensions(float32s(t, r.io, name), info.Shape...)
}

func float32s(t *testing.T, f *weights.File, name string) []float32 {
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}
