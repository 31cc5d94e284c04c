package onnx_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/onnx"
)

// tolerance is how far an exported model may be from the network.
const tolerance = 1e-4

// families are the golden families of transformers and how they resample their position embedding.
var families = map[string]string{"vit": vit.PosEmbedTimm, "vit_official": vit.PosEmbedOfficial}

// A written model, read back and run node by node, gives the features and tokens of the references,
// at every size.
func TestGoldenModel(t *testing.T) {
	engine := open(t)
	for family, mode := range families {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			g := newGolden(t, c, mode)
			for tag, size := range g.sizes {
				m := rewrite(t, g.transformer(size))
				got := run(t, engine, m, g.images(t, tag))
				g.compare(t, tag, got)
			}
		})
	}
}

// Random networks: all options, sizes and batches.
func TestModelEqualsNetwork(t *testing.T) {
	engine := open(t)
	rapid.Check(t, func(r *rapid.T) {
		c := drawConfig(r)
		size := [2]int{
			c.PatchSize * rapid.IntRange(1, 4).Draw(r, "rows"),
			c.PatchSize * rapid.IntRange(1, 4).Draw(r, "cols"),
		}
		if c.PosEmbed != vit.PosEmbedTimm {
			size[0] += rapid.IntRange(0, c.PatchSize-1).Draw(r, "surplus")
		}
		images := testImages(rapid.IntRange(1, 3).Draw(r, "batch"), c.InChannels, size)
		want, w := forward(r, engine, c, images)
		m, err := onnx.New(onnx.Transformer{Config: c, Tensors: w, Size: size})
		if err != nil {
			r.Fatal(err)
		}
		for i, got := range run(r, engine, m, images) {
			testkit.AllClose(r, m.Outputs[i].Name, got, want[i], 2e-5)
		}
	})
}

func TestWriteIsReadBack(t *testing.T) {
	g := smallTransformer(t)
	g.Metadata = map[string]string{"mean": "[0.5,0.5,0.5]", "patch": "Größe 8"}
	want, err := onnx.New(g)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := onnx.Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(onnx.Initializer{})); diff != "" {
		t.Error(diff)
	}
	var first, second bytes.Buffer
	if err := onnx.Encode(&first, want); err != nil {
		t.Fatal(err)
	}
	if err := onnx.Encode(&second, got); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the same model gives other bytes (%v)", err)
	}
}

func TestModelShapes(t *testing.T) {
	m, err := onnx.New(smallTransformer(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []onnx.Value{
		{Name: "images", Shape: []onnx.Dim{{Name: "batch"}, {Size: 3}, {Size: 16}, {Size: 24}}},
		{Name: "cls", Shape: []onnx.Dim{{Name: "batch"}, {Size: 8}}},
		{Name: "patches", Shape: []onnx.Dim{{Name: "batch"}, {Size: 6}, {Size: 8}}},
	}
	if diff := cmp.Diff(want, append(m.Inputs, m.Outputs...)); diff != "" {
		t.Error(diff)
	}
}

func TestNewErrors(t *testing.T) {
	for _, test := range []struct {
		change func(*onnx.Transformer)
		want   string
	}{
		{func(g *onnx.Transformer) { delete(g.Tensors, "norm.bias") }, "missing norm.bias [8]"},
		{func(g *onnx.Transformer) { delete(g.Tensors, "pos_embed") }, "missing pos_embed [1 10 8]"},
		{
			func(g *onnx.Transformer) { g.Tensors["head.weight"] = weights.FromFloat32s([]int{1}, []float32{1}) },
			"unexpected head.weight [1]",
		},
		{func(g *onnx.Transformer) {
			g.Tensors["blocks.0.attn.proj.weight"] = weights.FromFloat32s([]int{2, 2}, make([]float32, 4))
		}, "blocks.0.attn.proj.weight is [2 2], want [8 8]"},
		{
			func(g *onnx.Transformer) { g.Tensors["norm.bias"] = weights.FromInt64s([]int{8}, make([]int64, 8)) },
			"norm.bias: weights: tensor has type I64",
		},
		{func(g *onnx.Transformer) { g.Size[0] = 17 }, "images are 24×17 pixels"},
		{func(g *onnx.Transformer) { g.Config.NumHeads = 3 }, "must be a multiple of num_heads"},
	} {
		g := smallTransformer(t)
		test.change(&g)
		if _, err := onnx.New(g); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// smallTransformer has a native size of 24×24 and is to be written for images of 16×24.
func smallTransformer(t *testing.T) onnx.Transformer {
	c := vit.Custom(24, 8, 8, 1, 2)
	_, w := forward(t, open(t), c, testImages(1, 3, [2]int{24, 24}))
	return onnx.Transformer{Config: c, Tensors: w, Size: [2]int{16, 24}}
}

// drawConfig draws a small transformer.
func drawConfig(r *rapid.T) vit.Config {
	heads := rapid.IntRange(1, 3).Draw(r, "heads")
	patch := rapid.IntRange(1, 5).Draw(r, "patch")
	c := vit.Custom(patch*rapid.IntRange(1, 4).Draw(r, "grid"), patch, heads*rapid.IntRange(8, 12).Draw(r, "dim"),
		rapid.IntRange(1, 3).Draw(r, "depth"), heads)
	c.InChannels = rapid.IntRange(1, 4).Draw(r, "channels")
	c.MLPRatio = rapid.SampledFrom([]float64{2, 3.5, 4}).Draw(r, "ratio")
	c.QKVBias = rapid.Bool().Draw(r, "qkv bias")
	c.RegTokens = rapid.IntRange(0, 3).Draw(r, "registers")
	c.NoEmbedClass = rapid.Bool().Draw(r, "no embed class")
	c.LayerNormEps = rapid.SampledFrom([]float64{1e-6, 1e-3}).Draw(r, "eps")
	c.PosEmbed = rapid.SampledFrom([]string{vit.PosEmbedTimm, vit.PosEmbedOfficial, vit.PosEmbedHF}).Draw(r, "position")
	c.SwiGLU = rapid.Bool().Draw(r, "swiglu")
	c.InitStd = 0.2
	if rapid.Bool().Draw(r, "layer scale") {
		c.LayerScale = 0.7
	}
	if rapid.Bool().Draw(r, "average pooling") {
		c.GlobalPool, c.ClassToken = vit.PoolAvg, rapid.Bool().Draw(r, "class token")
	}
	if c.DistToken = c.ClassToken && rapid.Bool().Draw(r, "distilled"); c.DistToken {
		c.GlobalPool = vit.PoolDist
	}
	if rapid.Bool().Draw(r, "other pooling") {
		c.GlobalPool = rapid.SampledFrom([]string{vit.PoolMax, vit.PoolAvgMax}).Draw(r, "pooling")
	}
	c.Norm = rapid.SampledFrom([]string{"", vit.NormTokens, vit.NormFeatures, vit.NormNone}).Draw(r, "final norm")
	c.Activation = rapid.SampledFrom(append(vit.Activations(), "")).Draw(r, "activation")
	c.PostNorm = rapid.Bool().Draw(r, "post-norm")
	return c
}

func open(t testing.TB) compute.Backend {
	t.Helper()
	engine, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// forward runs a network with initial values, and returns features, patch tokens and the weights.
func forward(t rapid.TB, engine compute.Backend, c vit.Config,
	images *tensors.Tensor,
) ([2][]float32, map[string]weights.Tensor) {
	network, err := vit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := network.ForwardAll(scope.At("vit"), images, nets.Want{})
		return []*graph.Node{out.Features, out.Patches()}
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(images)
	if err != nil {
		t.Fatal(err)
	}
	w, err := variables.Export(store, "/vit")
	if err != nil {
		t.Fatal(err)
	}
	return [2][]float32{tensors.MustCopyFlatData[float32](outputs[0]), tensors.MustCopyFlatData[float32](outputs[1])}, w
}

// run computes the outputs of a model.
func run(t rapid.TB, engine compute.Backend, m *onnx.Model, images *tensors.Tensor) [][]float32 {
	exec, err := graph.NewExec(engine, m.Forward)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(images)
	if err != nil {
		t.Fatal(err)
	}
	var values [][]float32
	for _, o := range outputs {
		values = append(values, tensors.MustCopyFlatData[float32](o))
	}
	return values
}

// rewrite builds a model, writes it and reads it back.
func rewrite(t *testing.T, g onnx.Transformer) *onnx.Model {
	t.Helper()
	m, err := onnx.Read(writeModel(t, g))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func writeModel(t *testing.T, g onnx.Transformer) string {
	t.Helper()
	m, err := onnx.New(g)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := onnx.Write(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

func testImages(batch, channels int, size [2]int) *tensors.Tensor {
	values := make([]float32, batch*channels*size[0]*size[1])
	for i := range values {
		values[i] = float32((i*2654435761)%1000)/500 - 1
	}
	return tensors.FromFlatDataAndDimensions(values, batch, channels, size[0], size[1])
}

// golden is a golden case of a transformer.
type golden struct {
	c      *testkit.Case
	config vit.Config
	sizes  map[string][2]int
	w      map[string]weights.Tensor
	io     *weights.File
}

func newGolden(t *testing.T, c *testkit.Case, mode string) golden {
	var decoded struct {
		Params vitcase.Params    `json:"params"`
		Sizes  map[string][2]int `json:"sizes"`
	}
	c.Decode(&decoded)
	w, err := c.Tensors(t, "model.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	return golden{c, decoded.Params.Config(mode), decoded.Sizes, w, c.Tensors(t, "io.safetensors")}
}

func (g golden) transformer(size [2]int) onnx.Transformer {
	return onnx.Transformer{Config: g.config, Tensors: g.w, Size: size}
}

func (g golden) read(t *testing.T, name string) ([]float32, []int) {
	t.Helper()
	tensor, err := g.io.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values, tensor.Shape
}

func (g golden) images(t *testing.T, tag string) *tensors.Tensor {
	values, shape := g.read(t, "images."+tag)
	return tensors.FromFlatDataAndDimensions(values, shape...)
}

// compare checks the outputs of a model against those of the reference; the official family has no
// tokens.
func (g golden) compare(t *testing.T, tag string, outputs [][]float32) {
	t.Helper()
	want, _ := g.read(t, "features."+tag)
	testkit.AllClose(t, "features."+tag, outputs[0], want, testkit.Accept(g.c.Tolerance("io:features."+tag)))
	if _, ok := g.io.Info("tokens." + tag); ok {
		tokens, shape := g.read(t, "tokens."+tag)
		testkit.AllClose(t, "patches of "+tag, outputs[1], patches(tokens, shape, g.config.PrefixTokens()),
			testkit.Accept(g.c.Tolerance("io:tokens."+tag)))
	}
}

// patches leaves the prefix out of tokens [B, T, D].
func patches(tokens []float32, shape []int, prefix int) []float32 {
	var out []float32
	for b := range shape[0] {
		out = append(out, tokens[(b*shape[1]+prefix)*shape[2]:(b+1)*shape[1]*shape[2]]...)
	}
	return out
}
