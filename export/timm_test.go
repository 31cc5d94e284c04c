package export_test

import (
	_ "embed"
	"encoding/json"
	"path/filepath"
	"testing"

	gomlx "github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/nets/vit"
)

//go:embed testdata/timm_features.py
var timmFeatures string

// timm loads the files that we write, every tensor of them, and computes the same tokens.
func TestTimmLoadsFiles(t *testing.T) {
	python, engine := pythontest.Find(t, "timm", "torch"), open(t)
	c := vit.Custom(24, 8, 48, 2, 3)
	c.RegTokens, c.NoEmbedClass, c.LayerScale = 4, true, 1
	m, images := draw(c), pattern(2*3*24*24)
	options, err := json.Marshal(map[string]any{
		"img_size": 24, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3, "reg_tokens": 4,
		"no_embed_class": true, "init_values": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := forwardTokens(t, engine, m, gomlx.FromFlatDataAndDimensions(images, 2, 3, 24, 24))
	for _, name := range []string{"w.safetensors", "w.pth"} {
		out := filepath.Join(t.TempDir(), name)
		write(t, export.Options{To: export.Timm, Out: out, Part: export.Backbone}, engine, m)
		var tokens []float32
		pythontest.Run(t, python, timmFeatures, &tokens, string(options), out, "2,3,24,24", writeFloats(t, images))
		testkit.AllClose(t, name, tokens, want, export.Tolerance)
	}
}
