package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// TestOpenErrors has sources that are not quite those of a layout: each is an error that names
// tensors and shapes, and none is guessed at.
func TestOpenErrors(t *testing.T) {
	c := small()
	good := backbone(c, 1)
	hf := inTransformers(t, good, false)
	for _, test := range []struct {
		name    string
		tensors map[string]weights.Tensor
		options layout.Options
		want    string
	}{
		{
			"another kind of network", one("conv1.weight", 64, 3, 7, 7),
			layout.Options{},
			"holds no vision transformer: no tensor is called …patch_embed.proj.weight",
		},
		{
			"two networks", merged(under("a.", good), under("b.", good)),
			layout.Options{},
			`several vision transformers, and not one teacher and one student: below "a.", "b."`,
		},
		{
			"two teachers", merged(under("x/teacher.", good), under("y/teacher.", good)),
			layout.Options{},
			"several vision transformers",
		},
		{
			"both spellings", merged(under("teacher.", good), under("student.", hf)),
			layout.Options{},
			"several vision transformers",
		},
		{
			"missing", without(good, "blocks.1.norm2.bias"),
			layout.Options{},
			"layout timm: 1 tensors of the teacher do not fit a transformer of width 64, 3 blocks and patches of 8: " +
				"missing blocks.1.norm2.bias [64]",
		},
		{
			"a missing block", without(good, blockNames(good, "blocks.1.")...),
			layout.Options{},
			"12 tensors of the teacher do not fit",
		},
		{
			"another shape", merged(good, one("blocks.2.mlp.fc1.weight", 255, 64)),
			layout.Options{},
			"blocks.2.mlp.fc1.weight (blocks.2.mlp.fc1.weight) is [255 64], want [256 64]",
		},
		{
			"one too many", merged(good, one("blocks.1.ls1.gamma", 64)),
			layout.Options{},
			"unexpected blocks.1.ls1.gamma [64]",
		},
		{
			"an unknown part of a block", merged(good, one("blocks.0.attn.q_norm.weight", 64)),
			layout.Options{},
			"1 tensors of the backbone belong to no vision transformer that is known here: " +
				"blocks.0.attn.q_norm.weight [64]",
		},
		{
			"another pooling", merged(good, one("attn_pool.latent", 1, 1, 64)),
			layout.Options{},
			"attn_pool.latent [1 1 64]",
		},
		{
			"an index of another form", merged(good, one("blocks.01.ls1.gamma", 64)),
			layout.Options{},
			"blocks.01.ls1.gamma [64]",
		},
		{
			"the student's", merged(under("teacher.", good), under("student.", without(good, "pos_embed"))),
			layout.Options{},
			"tensors of the student do not fit",
		},
		{
			"a student with registers and no positions",
			merged(under("teacher.", registers(good)), under("student.", without(registers(good), "pos_embed"))),
			layout.Options{},
			"missing pos_embed",
		},
		{
			"integers", merged(good, map[string]weights.Tensor{"norm.bias": weights.FromInt64s([]int{64},
				make([]int64, 64))}),
			layout.Options{},
			"tensor norm.bias: weights: tensor has type I64, want a floating point type",
		},
		{
			"a flat kernel", merged(good, one("patch_embed.proj.weight", 64, 192)),
			layout.Options{},
			"the kernel of the patch embedding is [64 192]: want [width, channels, patch, patch]",
		},
		{
			"no MLP", without(good, "blocks.0.mlp.fc2.weight"),
			layout.Options{},
			"the first block has no MLP of two layers",
		},
		{
			"an MLP of other widths", merged(good, one("blocks.0.mlp.fc1.weight", 100, 64)),
			layout.Options{},
			"the MLP goes from 100 to 256",
		},
		{"no positions", without(good, "pos_embed"), layout.Options{}, "the position embedding pos_embed is missing"},
		{
			"no square", merged(good, one("pos_embed", 1, 1+12, 64)),
			layout.Options{},
			"has 13 entries, which are those of no square grid of patches with 1 tokens in front",
		},
		{
			"a query without key", without(hf, "encoder.layer.0.attention.attention.key.weight"),
			layout.Options{},
			"blocks.0.attn.qkv.weight is merged from 3 parts, of which only",
		},
		{
			"a key of another width", merged(hf, one("encoder.layer.0.attention.attention.key.weight", 64, 63)),
			layout.Options{},
			"cannot be concatenated along the first axis",
		},
		{
			"one thing twice", merged(good, one("blocks.0.mlp.w3.bias", 64)),
			layout.Options{},
			"are both blocks.0.mlp.fc2.bias",
		},
		{
			"unknown layout", good,
			layout.Options{Layout: "keras"},
			`layout is "keras": must be one of timm, official, dinov2, hf, lightning, dino`,
		},
		{
			"other layout", good,
			layout.Options{Layout: layout.HF},
			`layout is "hf", but the names are those of layout "timm": there is a tensor patch_embed.proj.weight`,
		},
		{
			"other layout, the other way", hf,
			layout.Options{Layout: layout.Timm},
			`layout is "timm", but the names are those of layout "hf"`,
		},
	} {
		path := writeSafetensors(t, test.tensors)
		m, err := layout.Open(path, test.options)
		if err == nil {
			m.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s:\ngot  %v\nwant %s", test.name, err, test.want)
		}
	}
}

// blockNames are the names that begin with a prefix.
func blockNames(tensors map[string]weights.Tensor, prefix string) []string {
	var names []string
	for name := range tensors {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names
}

// registers adds register tokens to a network whose positions cover class token and patches.
func registers(tensors map[string]weights.Tensor) map[string]weights.Tensor {
	return merged(tensors, one("register_tokens", 1, 4, 64))
}

// The same names mean different things in two projects: which, can be said.
func TestLayoutOverrides(t *testing.T) {
	path := writePTH(t, backbone(small(), 1), nil)
	for _, name := range []string{layout.Official, layout.Timm, layout.DINOv2} {
		if m := open(t, path, layout.Options{Layout: name}); m.Layout != name {
			t.Errorf("layout is %s, want %s", m.Layout, name)
		}
	}
	official, timm := open(t, path, layout.Options{}), open(t, path, layout.Options{Layout: layout.Timm})
	if official.Network.(vit.Config).PosEmbed == timm.Network.(vit.Config).PosEmbed {
		t.Errorf("both resample the position embedding as %s", timm.Network.(vit.Config).PosEmbed)
	}
}

// What is no vision transformer is still shown, with the reason.
func TestInspectUnrecognised(t *testing.T) {
	path := writeSafetensors(t, one("conv1.weight", 4, 3, 7, 7))
	in, err := layout.Inspect(path, layout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Source.Close()
	if in.Description != nil || in.Unrecognised == nil || len(in.Source.Names()) != 1 {
		t.Errorf("got %+v", in)
	}
	if _, err := layout.Inspect(path, layout.Options{Layout: layout.Timm}); err == nil {
		t.Error("a layout that does not fit is accepted")
	}
}

func TestPlaceErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := layout.Open(dir, layout.Options{}); err == nil ||
		!strings.Contains(err.Error(), "neither config.yaml (a run) nor model.safetensors") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := layout.Open(filepath.Join(dir, "none"), layout.Options{}); err == nil ||
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("nothing: %v", err)
	}
	if err := weights.Write(filepath.Join(dir, "model.safetensors"), backbone(small(), 1), nil); err != nil {
		t.Fatal(err)
	}
	const timm = `{"pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": `
	for text, want := range map[string]string{
		`{`: "config.json",
		`{"model_type": "vit", "image_size": "big"}`:               `image_size is "big": must be a number, a pair`,
		timm + `2, "std": [1, 1, 1]}}`:                             "crop_fraction is 2",
		timm + `1, "interpolation": "magic", "std": [1, 1, 1]}}`:   `interpolation is "magic"`,
		timm + `1, "interpolation": "bicubic", "std": [1, 0, 1]}}`: "std is [1 0 1]: must be positive",
	} {
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := layout.Open(dir, layout.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("config.json %s: got %v, want %q", text, err, want)
		}
	}
}

// What metadata of ours call a network of another family is not taken for a transformer, whatever
// its tensors are called.
func TestAnotherKindIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	metadata := map[string]string{layout.MetadataNetwork("resnet"): "{}"}
	if err := weights.Write(path, backbone(small(), 1), metadata); err != nil {
		t.Fatal(err)
	}
	_, err := layout.Open(path, layout.Options{})
	want := "holds a network of kind resnet by its metadata dino.resnet: must be of kind vit"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
