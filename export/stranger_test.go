package export_test

import (
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/layout"
)

// A narrow network has a number of heads that nobody would guess: whoever opens an export of it
// finds the same number in the file, in every format, without being told.
func TestExportsSayTheNumberOfHeads(t *testing.T) {
	engine := open(t)
	c := vit.Custom(16, 4, 48, 1, 4)
	registers := c
	registers.RegTokens, registers.NoEmbedClass, registers.LayerScale = 2, true, 1
	for _, c := range []vit.Config{c, registers} {
		for to, name := range map[string]string{
			export.Official: "w.pth", export.Timm: "w.pt", export.HF: "w", export.DINO: "w.safetensors",
		} {
			out := filepath.Join(t.TempDir(), name)
			write(t, export.Options{To: to, Out: out, Part: export.Backbone}, engine, draw(c))
			d, err := layout.Describe(out, layout.Options{})
			if err != nil {
				t.Errorf("%s: %v", to, err)
				continue
			}
			if got := d.Network.(vit.Config); got.NumHeads != 4 {
				t.Errorf("%s is read as a network of %d heads, want 4; notes %q", to, got.NumHeads, d.Notes)
			}
		}
	}
}

// PyTorch loads the state dict of a module from such a file, strictly, without our attributes in
// the way.
func TestTorchLoadsAttributes(t *testing.T) {
	python, engine := pythontest.Find(t, "torch", "timm"), open(t)
	out := filepath.Join(t.TempDir(), "w.pth")
	c := vit.Custom(32, 16, 48, 1, 4)
	c.DistToken, c.GlobalPool = true, vit.PoolDist
	write(t, export.Options{To: export.Timm, Out: out, Part: export.Backbone}, engine, draw(c))
	var loaded struct{ Keys int }
	pythontest.Run(t, python, `
import json, sys, timm, torch
m = timm.create_model("deit_tiny_distilled_patch16_224", img_size=32, embed_dim=48, depth=1, num_heads=4, num_classes=0)
sd = torch.load(sys.argv[1], weights_only=True)
m.load_state_dict(sd, strict=True)
print(json.dumps({"Keys": len(sd)}))`, &loaded, out)
	if want := len(c.Shapes()); loaded.Keys != want {
		t.Errorf("the state dict has %d items, want %d", loaded.Keys, want)
	}
}
