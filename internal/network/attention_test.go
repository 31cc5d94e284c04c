package network

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/attnmap"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// goldenCase is what this test needs of a case of the families vit and vit_official.
type goldenCase struct {
	Params vitcase.Params    `json:"params"`
	Sizes  map[string][2]int `json:"sizes"`
}

// The attention of every golden network at every size is the reference's, image by image.
func TestGoldenAttention(t *testing.T) {
	for family, posEmbed := range map[string]string{"vit": vit.PosEmbedTimm, "vit_official": vit.PosEmbedOfficial} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var g goldenCase
			c.Decode(&g)
			config := g.Params.Config(posEmbed)
			if !config.ClassToken {
				t.Skip("the network has no class token")
			}
			tensors, err := c.Tensors(t, "model.safetensors").Tensors()
			if err != nil {
				t.Fatal(err)
			}
			n := openTensors(t, config, tensors)
			attention, err := n.NewAttention()
			if err != nil {
				t.Fatal(err)
			}
			for tag, size := range g.Sizes {
				goldenAttention(t, c, attention, tag, size)
			}
		})
	}
}

func goldenAttention(t *testing.T, c *testkit.Case, attention *Attention, tag string, size [2]int) {
	t.Helper()
	io := c.Tensors(t, "io.safetensors")
	images, want := floats(t, io, "images."+tag), floats(t, io, "attn."+tag)
	shape, _ := io.Info("attn." + tag)
	heads, tokens := shape.Shape[1], shape.Shape[2]
	patch := attention.pass.network.ViT.PatchSize
	grid := attnmap.Grid{Rows: size[0] / patch, Cols: size[1] / patch}
	accept := testkit.Accept(c.Tolerance("io:attn." + tag))
	for image := range shape.Shape[0] {
		pixels := 3 * size[0] * size[1]
		got, err := attention.run(images[image*pixels:(image+1)*pixels], size[0], size[1], grid)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Heads) != heads || got.Tokens.Rows != grid.Patches() || len(got.Tokens.Data) != got.Tokens.Rows*got.Tokens.Cols {
			t.Fatalf("%s: %d heads and tokens [%d, %d] of %d values", tag, len(got.Heads), got.Tokens.Rows, got.Tokens.Cols, len(got.Tokens.Data))
		}
		for h, head := range got.Heads {
			row := want[(image*heads+h)*tokens*tokens:][:tokens]
			testkit.AllClose(t, "attention "+tag, head, row[tokens-grid.Patches():], accept)
		}
	}
}

func floats(t *testing.T, f *weights.File, name string) []float32 {
	t.Helper()
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

func openTensors(t *testing.T, c vit.Config, tensors map[string]weights.Tensor) *Network {
	t.Helper()
	metadata, err := layout.Metadata(c, layout.ForCrop(c.ImageSize[0], [3]float64{0.4, 0.5, 0.6}, [3]float64{0.2, 0.25, 0.3}), nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := weights.Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	n, err := Open(graphtest.Open(t), path, layout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// zeros are the tensors of a network whose attention is even.
func zeros(c vit.Config) map[string]weights.Tensor {
	tensors := map[string]weights.Tensor{}
	for name, shape := range layout.Shapes(c) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		tensors[name] = weights.FromFloat32s(shape, make([]float32, n))
	}
	return tensors
}

// Surplus pixels are cut off, whatever the weights' layout; without weights attention is even.
func TestAttentionCutsToPatches(t *testing.T) {
	config := vit.Custom(8, 4, 6, 1, 2)
	config.RegTokens = 1
	attention, err := openTensors(t, config, zeros(config)).NewAttention()
	if err != nil {
		t.Fatal(err)
	}
	got, err := attention.Of(augment.NewImage(15, 9))
	if err != nil {
		t.Fatal(err)
	}
	if got.Grid != (attnmap.Grid{Rows: 2, Cols: 3}) || got.Image.Width != 12 || got.Image.Height != 8 || got.Patch != 4 {
		t.Errorf("grid %+v of an image of %d×%d", got.Grid, got.Image.Width, got.Image.Height)
	}
	even := float32(1) / 8 // six patches, the class token and a register
	testkit.AllClose(t, "head 1", got.Heads[1], []float32{even, even, even, even, even, even}, 1e-6)

	if _, err := attention.Of(augment.NewImage(3, 9)); err == nil || !strings.Contains(err.Error(), "3×9 pixels has no patch of 4×4") {
		t.Errorf("a small image: %v", err)
	}
}

func TestNewAttentionRejects(t *testing.T) {
	config := vit.Custom(8, 4, 6, 1, 1)
	config.ClassToken, config.GlobalPool = false, vit.PoolAvg
	if _, err := openTensors(t, config, zeros(config)).NewAttention(); err == nil || !strings.Contains(err.Error(), "no class token") {
		t.Errorf("error = %v, want one about the class token", err)
	}
	config = vit.Custom(8, 4, 6, 1, 1)
	config.InChannels = 1
	if _, err := openTensors(t, config, zeros(config)).NewAttention(); err == nil || !strings.Contains(err.Error(), "images of 1 channels") {
		t.Errorf("error = %v, want one about channels", err)
	}
}
