package inference

import (
	"context"
	"slices"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

func TestGoldenFeatures(t *testing.T) {
	for family, posEmbed := range map[string]string{"vit": vit.PosEmbedTimm, "vit_official": vit.PosEmbedOfficial} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var g golden
			c.Decode(&g)
			g.open(t, c, posEmbed)
			for tag, size := range g.Sizes {
				t.Run(tag, func(t *testing.T) { g.check(t, c, tag, size) })
			}
		})
	}
}

type golden struct {
	Params vitcase.Params    `json:"params"`
	Sizes  map[string][2]int `json:"sizes"`
	Batch  int               `json:"batch"`

	network *Network
	io      *weights.File
}

func (g *golden) open(t *testing.T, c *testkit.Case, posEmbed string) {
	var err error
	if g.network, err = newNetwork("cpu", g.Params.Config(posEmbed), layout.Preprocessing{}); err != nil {
		t.Fatal(err)
	}
	tensors, err := c.Tensors(t, "model.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.network.load(tensors); err != nil {
		t.Fatal(err)
	}
	g.io = c.Tensors(t, "io.safetensors")
}

func (g *golden) tensor(t *testing.T, name string) []float32 {
	t.Helper()
	x, err := g.io.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := x.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func (g *golden) features(t *testing.T, name string, pixels []float32, size [2]int) eval.Matrix {
	t.Helper()
	f, err := ParseFeatures(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.network.Features(context.Background(), f, pixels, size[0], size[1])
	if err != nil {
		t.Fatal(err)
	}
	if m.Cols != f.Width(g.network.Config) || m.Rows != g.Batch*f.Rows(g.network.Config, size[0], size[1]) {
		t.Errorf("%s are [%d, %d]: not what Rows and Width say", name, m.Rows, m.Cols)
	}
	return m
}

// tokens are the outputs [B, T, D] of the last block; the official family has them among those of
// the last blocks.
func (g *golden) tokens(t *testing.T, tag string) []float32 {
	t.Helper()
	if slices.Contains(g.io.Names(), "tokens."+tag) {
		return g.tensor(t, "tokens."+tag)
	}
	x, err := g.io.Tensor("intermediate." + tag)
	if err != nil {
		t.Fatal(err)
	}
	values := g.tensor(t, "intermediate."+tag)
	return values[len(values)/x.Shape[0]*(x.Shape[0]-1):]
}

// check compares features of every kind with what follows from the reference's features, tokens and
// attention.
func (g *golden) check(t *testing.T, c *testkit.Case, tag string, size [2]int) {
	pixels, tokens := g.tensor(t, "images."+tag), g.tokens(t, tag)
	d, prefix := g.network.Config.Width(), g.network.Config.Outputs().Prefix
	patches := Features{Patches: true}.Rows(g.network.Config, size[0], size[1])
	tol := testkit.Accept(c.Tolerance("io:features." + tag))
	// of a mean, too, which is no farther off than the farthest of its patches
	patchTol := testkit.Accept(g.tokenTolerance(c, tag))

	class, all := g.tensor(t, "features."+tag), []float32{}
	mean, gem := eval.NewMatrix(g.Batch, d), eval.NewMatrix(g.Batch, d)
	for b := range g.Batch {
		of := eval.Matrix{Rows: patches, Cols: d, Data: tokens[(b*(prefix+patches)+prefix)*d:][:patches*d]}
		all = append(all, of.Data...)
		for p, row := range map[float64][]float32{1: mean.Row(b), 4: gem.Row(b)} {
			pooled, err := eval.GeM(of, p)
			if err != nil {
				t.Fatal(err)
			}
			copy(row, pooled)
		}
		for j := range d { // the mean has no floor
			sum := 0.0
			for i := range patches {
				sum += float64(of.Row(i)[j])
			}
			mean.Row(b)[j] = float32(sum / float64(patches))
		}
	}
	testkit.AllClose(t, "cls", g.features(t, "cls", pixels, size).Data, class, tol)
	testkit.AllClose(t, "patches", g.features(t, "patches", pixels, size).Data, all, patchTol)
	testkit.AllClose(t, "mean", g.features(t, "mean", pixels, size).Data, mean.Data, patchTol)
	// Fourth powers and their root have a rounding of their own.
	testkit.AllClose(t, "cls+gem", g.features(t, "cls+gem", pixels, size).Data, beside(class, gem.Data, d),
		10*max(tol, patchTol))
	g.checkBlocks(t, tag, pixels, size, beside(class, mean.Data, d), max(tol, patchTol))
	g.checkAttention(t, c, tag, pixels, size, all, patchTol)
}

// tokenTolerance is the hint for what [golden.tokens] returns.
func (g *golden) tokenTolerance(c *testkit.Case, tag string) testkit.Tolerance {
	if slices.Contains(g.io.Names(), "tokens."+tag) {
		return c.Tolerance("io:tokens." + tag)
	}
	return c.Tolerance("io:intermediate." + tag)
}

// beside puts the rows of b behind those of a, both of d columns.
func beside(a, b []float32, d int) []float32 {
	var out []float32
	for i := 0; i < len(a); i += d {
		out = append(out, slices.Concat(a[i:i+d], b[i:i+d])...)
	}
	return out
}

// checkBlocks verifies that the last blocks come oldest first: the last columns are those of the
// last block.
func (g *golden) checkBlocks(t *testing.T, tag string, pixels []float32, size [2]int, classAndMean []float32,
	tol float64,
) {
	c := g.network.Config.(vit.Config)
	testkit.AllClose(t, "cls+mean", g.features(t, "cls+mean", pixels, size).Data, classAndMean, tol)
	if c.GlobalPool != vit.PoolToken || c.Depth < 2 {
		return
	}
	two := g.features(t, "last-2+mean", pixels, size)
	for b := range g.Batch {
		testkit.AllClose(t, "last block and mean", two.Row(b)[c.EmbedDim:],
			classAndMean[2*c.EmbedDim*b:][:2*c.EmbedDim], tol)
		if slices.Equal(two.Row(b)[:c.EmbedDim], two.Row(b)[c.EmbedDim:2*c.EmbedDim]) {
			t.Errorf("%s: both blocks have the same class token", tag)
		}
	}
	if slices.Contains(g.io.Names(), "intermediate."+tag) {
		g.checkIntermediate(t, tag, two, tol)
	}
}

// checkIntermediate compares with the blocks [n, B, T, D] that the official code returns.
func (g *golden) checkIntermediate(t *testing.T, tag string, two eval.Matrix, tol float64) {
	x, _ := g.io.Tensor("intermediate." + tag)
	values := g.tensor(t, "intermediate."+tag)
	blocks, tokens, d := x.Shape[0], x.Shape[2], x.Shape[3]
	if blocks < 2 {
		return
	}
	for b := range g.Batch {
		want := values[((blocks-2)*g.Batch+b)*tokens*d:][:d]
		testkit.AllClose(t, "last but one", two.Row(b)[:d], want, tol)
	}
}

func (g *golden) checkAttention(t *testing.T, golden *testkit.Case, tag string, pixels []float32, size [2]int,
	tokens []float32, tol float64,
) {
	c := g.network.Config.(vit.Config)
	if !c.ClassToken {
		return
	}
	one := len(pixels) / g.Batch
	attention := g.tensor(t, "attn."+tag)
	for b := range g.Batch {
		got, err := g.network.Attention(context.Background(), pixels[b*one:(b+1)*one], size[0], size[1])
		if err != nil {
			t.Fatal(err)
		}
		var want []float32
		for head := range c.NumHeads {
			want = append(want, attention[(b*c.NumHeads+head)*got.Tokens*got.Tokens:][:got.Tokens]...)
		}
		testkit.AllClose(t, "attention", got.Class, want, testkit.Accept(golden.Tolerance("io:attn."+tag)))
		testkit.AllClose(t, "patch tokens", got.Patches.Data, tokens[b*len(tokens)/g.Batch:][:len(tokens)/g.Batch], tol)
	}
}
