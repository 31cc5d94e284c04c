package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// drawNetwork draws a network that timm can build and that names and shapes tell completely.
func drawNetwork(t *rapid.T) vit.Config {
	patch, grid := rapid.IntRange(1, 6).Draw(t, "patch"), rapid.IntRange(2, 5).Draw(t, "grid")
	c := vit.Custom(patch*grid, patch, 64*rapid.IntRange(1, 2).Draw(t, "heads"), rapid.IntRange(1, 11).Draw(t, "depth"),
		1)
	c.NumHeads = c.EmbedDim / 64
	c.InChannels = rapid.IntRange(1, 4).Draw(t, "channels")
	c.MLPRatio = float64(rapid.IntRange(1, 300).Draw(t, "hidden")) / float64(c.EmbedDim)
	for c.MLPHidden() == 0 {
		c.MLPRatio *= 2
	}
	c.SwiGLU = rapid.Bool().Draw(t, "swiglu")
	c.QKVBias = rapid.Bool().Draw(t, "qkv bias")
	if rapid.Bool().Draw(t, "layer scale") {
		c.LayerScale = 1e-5
	}
	if rapid.Bool().Draw(t, "registers") {
		c.RegTokens, c.NoEmbedClass = rapid.IntRange(1, 4).Draw(t, "how many"), true
	}
	if rapid.Bool().Draw(t, "average") {
		c.GlobalPool = vit.PoolAvg
	}
	return c
}

// TestArchitectureIsInferred writes networks of every kind and reads their configuration back.
func TestArchitectureIsInferred(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	rapid.Check(t, func(r *rapid.T) {
		want := drawNetwork(r)
		if err := weights.Write(path, backbone(want, 1), nil); err != nil {
			r.Fatal(err)
		}
		d, err := layout.Describe(path, layout.Options{Layout: layout.Timm})
		if err != nil {
			r.Fatalf("%+v: %v", want, err)
		}
		got := d.Network.(vit.Config)
		if got.MLPHidden() == want.MLPHidden() {
			got.MLPRatio = want.MLPRatio
		}
		if got != want {
			r.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// timmViT is a supervised vision transformer as timm publishes it: a folder of the hub with a
// classifier.
func TestTimmFolder(t *testing.T) {
	c := small()
	dir := t.TempDir()
	tensors := merged(backbone(c, 1), one("head.weight", 10, 64), one("head.bias", 10))
	if err := weights.Write(filepath.Join(dir, "model.safetensors"), tensors,
		map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	config := `{"architecture": "vit_small_patch16_224", "num_classes": 10, "num_features": 64, "global_pool": "token",
		"pretrained_cfg": {"tag": "augreg", "input_size": [3, 32, 32], "crop_pct": 0.9, "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.5, 0.5]}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "model.safetensors")} {
		m := open(t, path, layout.Options{})
		if m.Layout != layout.Timm || m.Network != c {
			t.Errorf("layout %s, network\n%+v, want\n%+v", m.Layout, m.Network, c)
		}
		equal(t, "backbone", m.Teacher, backbone(c, 1))
		if m.Student != nil || m.TeacherHead != nil || m.Center != nil {
			t.Error("a backbone alone has a student, a head or a center")
		}
		want := layout.Preprocessing{
			Size: 32, CropFraction: 0.9, Interpolation: layout.Bilinear,
			Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.25, 0.5, 0.5},
		}
		if m.Preprocessing != want {
			t.Errorf("preprocessing %+v, want %+v", m.Preprocessing, want)
		}
		if diff := cmp.Diff(map[string]string{"head.bias": "classifier", "head.weight": "classifier"},
			leftOver(m)); diff != "" {
			t.Error(diff)
		}
		if len(m.Notes) != 1 || !strings.Contains(m.Notes[0], guessedHeads) {
			t.Errorf("notes %q, want one, of the number of heads: all else is said", m.Notes)
		}
	}
}

// DeiT's files hold the state dict under "model"; the distilled ones have a second token, and the
// features are the mean of both.
func TestDeiT(t *testing.T) {
	c := small()
	m := open(t, writePTH(t, merged(under("model/", backbone(c, 1)), one("model/head.weight", 10, 64),
		one("model/head.bias", 10)), nil), layout.Options{})
	if m.Layout != layout.Timm || m.Network != c {
		t.Errorf("layout %s, network %+v", m.Layout, m.Network)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))

	c.DistToken, c.GlobalPool = true, vit.PoolDist
	m = open(t, writePTH(t, merged(under("model/", backbone(c, 2)), one("model/head_dist.weight", 10, 64)), nil),
		layout.Options{})
	if m.Network != c {
		t.Errorf("distilled: network\n%+v, want\n%+v", m.Network, c)
	}
	equal(t, "distilled", m.Teacher, backbone(c, 2))
}

// timm's training checkpoints have an average of the weights, which is the teacher of the two.
func TestTimmTrainingCheckpoint(t *testing.T) {
	c := small()
	m := open(t, writePTH(t, merged(under("state_dict/module.", backbone(c, 1)),
		under("state_dict_ema/module.", backbone(c, 2)), one("optimizer/state/0/exp_avg", 3)),
		map[string]any{"epoch": int64(3), "arch": "vit_small_patch16_224", "optimizer/param_groups/0/lr": "x"}),
		layout.Options{})
	equal(t, "teacher", m.Teacher, backbone(c, 2))
	equal(t, "student", m.Student, backbone(c, 1))
	if diff := cmp.Diff(map[string]string{"epoch": "3", "arch": "vit_small_patch16_224"}, m.Provenance); diff != "" {
		t.Error(diff)
	}
	if left := leftOver(m); left["optimizer/state/0/exp_avg"] != "state of the optimizer" {
		t.Errorf("left over: %v", left)
	}
}

// lightly-train exports the bare state dict of timm's or DINOv2's network.
func TestLightlyTrainExport(t *testing.T) {
	c := small()
	c.LayerScale = 1e-5
	tensors := backbone(c, 1)
	path := filepath.Join(t.TempDir(), "exported_last.pt")
	if err := weights.WritePTH(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	if m := open(t, path, layout.Options{}); m.Layout != layout.Timm || m.Network != c {
		t.Errorf("timm: layout %s, network %+v", m.Layout, m.Network)
	}
	if err := weights.WritePTH(path, merged(tensors, one("mask_token", 1, 64)), nil); err != nil {
		t.Fatal(err)
	}
	m := open(t, path, layout.Options{})
	c.PosEmbed = vit.PosEmbedOfficial
	if m.Layout != layout.DINOv2 || m.Network != c {
		t.Errorf("DINOv2: layout %s, network %+v", m.Layout, m.Network)
	}
	equal(t, "backbone", m.Teacher, tensors)
}

// Half precision is converted exactly, double is rounded.
func TestOtherPrecisions(t *testing.T) {
	tensors := backbone(small(), 1)
	tensors["norm.bias"] = weights.Tensor{
		DType: weights.BF16, Shape: []int{64},
		Data: []byte(strings.Repeat("\x80\xbf", 64)),
	}
	tensors["norm.weight"] = weights.Tensor{
		DType: weights.F16, Shape: []int{64},
		Data: []byte(strings.Repeat("\x00\x3e", 64)),
	}
	doubles := make([]float64, 64)
	for i := range doubles {
		doubles[i] = 0.1
	}
	tensors["blocks.0.norm1.bias"] = weights.FromFloat64s([]int{64}, doubles)
	m := open(t, writeSafetensors(t, tensors), layout.Options{})
	for name, want := range map[string]float32{"norm.bias": -1, "norm.weight": 1.5, "blocks.0.norm1.bias": 0.1} {
		if got := m.Teacher[name]; got.DType != weights.F32 || float32s(t, got)[63] != want {
			t.Errorf("%s is %s, %v, want F32, %v", name, got.DType, float32s(t, got)[63], want)
		}
	}
}

// guessedHeads is in the note that says that the number of heads is a guess.
const guessedHeads = "the number of attention heads is not in the file"

// The width of a published network tells the heads.
func TestHeadsOfPublishedWidths(t *testing.T) {
	for width, want := range map[int]int{
		192: 3, 384: 6, 768: 12, 1024: 16, 1536: 24, 1152: 16, 1280: 16, 1408: 16,
		1664: 16,
	} {
		d, err := layout.Describe(sparse(t, vit.Custom(2, 1, width, 1, 1).Shapes()), layout.Options{})
		if err != nil || d.Network.Outputs().Heads != want || len(d.Notes) != 1 ||
			strings.Contains(d.Notes[0], guessedHeads) {
			t.Errorf("width %d: %d heads, %v, notes %q, want %d heads and one note, of preprocessing", width,
				d.Network.Outputs().Heads, err, d.Notes, want)
		}
	}
}

// Any other width does not, even if it is a multiple of 64: the heads are guessed, and a note says
// so unless they are stated.
func TestHeadsOfOtherWidths(t *testing.T) {
	for width, want := range map[int]struct {
		heads int
		note  string
	}{
		12:  {1, "12 is no usual width: it is guessed to be 1, with heads 12 wide; say what it is with --heads"},
		64:  {1, "64 is no usual width: it is guessed to be 1, with heads 64 wide; say what it is with --heads"},
		96:  {1, "96 is no usual width: it is guessed to be 1, with heads 96 wide; say what it is with --heads"},
		128: {2, "128 is no usual width: it is guessed to be 2, with heads 64 wide; say what it is with --heads"},
		200: {4, "200 is no usual width: it is guessed to be 4, with heads 50 wide; say what it is with --heads"},
		320: {5, "320 is no usual width: it is guessed to be 5, with heads 64 wide; say what it is with --heads"},
	} {
		path := sparse(t, vit.Custom(2, 1, width, 1, 1).Shapes())
		d, err := layout.Describe(path, layout.Options{})
		if err != nil || d.Network.Outputs().Heads != want.heads || len(d.Notes) != 2 || d.Notes[0] != guessedHeads+
			" and "+
			want.note {
			t.Errorf("width %d: %d heads, %v, notes %q, want %d heads and two notes, the first with %q", width,
				d.Network.Outputs().Heads, err, d.Notes, want.heads, want.note)
		}
		d, err = layout.Describe(path, layout.Options{Heads: want.heads})
		if err != nil || d.Network.Outputs().Heads != want.heads || len(d.Notes) != 1 ||
			strings.Contains(d.Notes[0], guessedHeads) {
			t.Errorf("width %d with stated heads: %d heads, %v, notes %q, want %d heads and one note, of preprocessing",
				width, d.Network.Outputs().Heads, err, d.Notes, want.heads)
		}
	}
}

// What is stated goes before any guess, and must fit the width.
func TestStatedHeads(t *testing.T) {
	path := writeSafetensors(t, backbone(vit.Custom(8, 4, 12, 1, 2), 1))
	d, err := layout.Describe(path, layout.Options{Heads: 3})
	if err != nil || d.Network.Outputs().Heads != 3 {
		t.Errorf("width 12 with 3 heads: %d, %v", d.Network.Outputs().Heads, err)
	}
	if _, err = layout.Describe(path, layout.Options{Heads: 5}); err == nil ||
		!strings.Contains(err.Error(), "must be a multiple of num_heads (5)") {
		t.Errorf("width 12 with 5 heads: %v", err)
	}
}

// A grid that is no square is told by the native size.
func TestImageSize(t *testing.T) {
	c := small()
	c.ImageSize = [2]int{16, 40}
	path := writeSafetensors(t, backbone(c, 1))
	if _, err := layout.Describe(path, layout.Options{}); err == nil ||
		!strings.Contains(err.Error(), "--image-size WIDTHxHEIGHT") {
		t.Errorf("without a size: %v", err)
	}
	if d, err := layout.Describe(path, layout.Options{ImageSize: c.ImageSize}); err != nil || d.Network != c {
		t.Errorf("with it: %+v, %v", d.Network, err)
	}
}
