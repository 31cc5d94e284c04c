package vit

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets"
)

// parameters counts the elements of the variables that building a network creates; nothing is
// compiled or run.
func parameters(t *testing.T, c Config) int {
	t.Helper()
	network, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	store, g := model.NewStore(), graph.NewGraph(graphtest.Open(t), "count")
	defer g.Finalize()
	model.SetStore(g, store)
	network.Forward(store.RootScope(), graph.Zeros(g, shapes.Make(dtypes.Float32, 1, 3, 224, 224)))
	return store.NumParameters()
}

// All blocks of a network are alike, so networks of one and two blocks tell the size of any depth
// without filling a gigabyte.
func TestParameterCounts(t *testing.T) {
	for name, want := range map[string]int{
		"vit_tiny_patch16_224":  5_524_416,
		"vit_small_patch16_224": 21_665_664,
		"vit_small_patch8_224":  21_670_272,
		"vit_base_patch16_224":  85_798_656,
		"vit_base_patch8_224":   85_807_872,
		"vit_base_patch32_224":  87_455_232,
		"vit_large_patch16_224": 303_301_632,
	} {
		c, err := Variant(name)
		if err != nil {
			t.Fatal(err)
		}
		one, two := c, c
		one.Depth, two.Depth = 1, 2
		first, second := parameters(t, one), parameters(t, two)
		if got := first + (c.Depth-1)*(second-first); got != want {
			t.Errorf("%s has %d parameters, want %d", name, got, want)
		}
	}
	tiny, err := Variant("vit_tiny_patch16_224")
	if err != nil {
		t.Fatal(err)
	}
	if got := parameters(t, tiny); got != 5_524_416 {
		t.Errorf("ViT-Ti/16, all of it, has %d parameters, want 5524416", got)
	}
}

// small is a network that runs in a moment.
func small() Config { return Custom(12, 4, 8, 2, 2) }

// images draws a batch [n, 3, height, width].
func images(n, height, width int) []float32 { return graphtest.Normal(9, n*3*height*width) }

func TestOutputShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, batch := small(), rapid.IntRange(1, 3).Draw(t, "batch")
		c.ClassToken, c.RegTokens = rapid.Bool().Draw(t, "class token"), rapid.IntRange(0, 2).Draw(t, "registers")
		c.NoEmbedClass = rapid.Bool().Draw(t, "no_embed_class")
		if !c.ClassToken || rapid.Bool().Draw(t, "average") {
			c.GlobalPool = PoolAvg
		}
		rows, cols, last := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "cols"),
			rapid.IntRange(0, 4).Draw(t, "blocks")
		network, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		patches := rows * cols
		tokens := patches + c.PrefixTokens()
		embedded := tokens
		if c.NoEmbedClass {
			embedded = patches
		}
		graphtest.Call(t, model.NewStore(), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := network.Trace(scope, in[0], nets.Want{LastBlocks: last, Attention: true})
			out.Features.AssertDims(batch, 8)
			out.Tokens.AssertDims(batch, tokens, 8)
			out.Patches().AssertDims(batch, patches, 8)
			out.Attention.AssertDims(batch, 2, tokens, tokens)
			out.PosEmbed.AssertDims(1, embedded, 8)
			out.Input.AssertDims(batch, tokens, 8)
			if got, want := len(out.Blocks), min(last, c.Depth); got != want {
				t.Errorf("%d blocks, want %d of %d", got, want, c.Depth)
			}
			if plain := network.ForwardAll(scope, in[0], nets.Want{}); plain.Attention != nil || plain.Blocks != nil {
				t.Error("outputs that nobody wants are returned")
			}
			return []*graph.Node{out.Features}
		}, graphtest.Tensor(images(batch, 4*rows, 4*cols), batch, 3, 4*rows, 4*cols))
	})
}

// The features are the class token after the final norm, or fc_norm of the mean of the patches,
// which leaves the prefix out.
func TestPooling(t *testing.T) {
	c := small()
	c.RegTokens = 1
	for _, pool := range []string{PoolToken, PoolAvg} {
		c.GlobalPool = pool
		network, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		build := func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := network.ForwardAll(scope, in[0], nets.Want{LastBlocks: 1})
			return []*graph.Node{out.Features, out.Tokens, out.Blocks[0]}
		}
		input := graphtest.Tensor(images(1, 12, 12), 1, 3, 12, 12)
		graphtest.Call(t, store, build, input)
		randomize(t, store, 1, 0.5)
		outputs := graphtest.Call(t, store, build, input)
		features, tokens, block := graphtest.Float64s(graphtest.Floats(outputs[0])),
			graphtest.Float64s(graphtest.Floats(outputs[1])), graphtest.Float64s(graphtest.Floats(outputs[2]))
		testkit.AllClose(t, "last block and tokens", block, tokens, 0)
		if pool == PoolToken {
			testkit.AllClose(t, "class token", features, tokens[:8], 0)
			continue
		}
		mean := make([]float64, 8)
		for i, v := range tokens[2*8:] {
			mean[i%8] += v / 9
		}
		want := newSlowBlock(c, store, "/").norm("fc_norm", [][]float64{mean})[0]
		testkit.AllClose(t, "fc_norm of the mean", features, want, 1e-4)
		if store.GetVariable("/norm/weight") != nil {
			t.Error("average pooling has a final norm as well")
		}
	}
}

func TestForwardRejectsImages(t *testing.T) {
	network, err := New(small())
	if err != nil {
		t.Fatal(err)
	}
	for want, dims := range map[string][]int{
		"vit: images have shape (Float32)[2, 12, 12]: must be [batch, 3, height, width]": {2, 12, 12},
		"vit: images have shape (Float32)[2, 1, 12, 12]: must be [batch, 3, height, width]": {
			2, 1, 12,
			12,
		},
		"vit: images are 10×12 pixels: width and height must be positive multiples of the patch size (4)": {
			2, 3, 12,
			10,
		},
	} {
		size := 1
		for _, d := range dims {
			size *= d
		}
		err := graphtest.Error(t, model.NewStore(), func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{network.Forward(scope, in[0])}
		}, graphtest.Tensor(make([]float32, size), dims...))
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %q in it", err, want)
		}
	}
}

// bfloat16 has 8 bits of precision, and parameters stay float32.
func TestBFloat16StaysNearFloat32(t *testing.T) {
	c := small()
	c.LayerScale = 1
	network, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		full := network.Forward(scope, in[0])
		half := network.Forward(scope, graph.ConvertDType(in[0], dtypes.BFloat16))
		if half.DType() != dtypes.BFloat16 {
			t.Errorf("features of bfloat16 images are %s", half.DType())
		}
		return []*graph.Node{full, graph.ConvertDType(half, dtypes.Float32)}
	}, graphtest.Tensor(images(4, 12, 12), 4, 3, 12, 12))
	full, half := graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])
	testkit.AllClose(t, "features", half, full, 0.05)
	rounded := 0.0
	for i := range full {
		rounded = max(rounded, math.Abs(float64(full[i]-half[i])))
	}
	if rounded == 0 {
		t.Error("bfloat16 gives the bits of float32: it was not computed in bfloat16")
	}
	for v := range store.IterVariables() {
		if v.DType() != dtypes.Float32 {
			t.Errorf("%s is %s, want float32", v.Path(), v.DType())
		}
	}
}
