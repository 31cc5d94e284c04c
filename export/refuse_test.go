package export_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"

	"github.com/dino-go/dino/weights/layout"
)

func TestOptions(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.MkdirAll(filepath.Join(full, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		o    export.Options
		want string
	}{
		{export.Options{To: "keras", Out: "w"}, `--to is "keras": must be one of timm, official, hf, onnx, dino`},
		{
			export.Options{To: export.Timm},
			"--out is missing: name the file to write, for example --out weights.safetensors",
		},
		{export.Options{To: export.ONNX, Out: "w.pth"}, "--out is w.pth: a file for onnx ends in .onnx"},
		{export.Options{To: export.Official, Out: "w.safetensors"}, "ends in .pth or .pt"},
		{export.Options{To: export.Timm, Out: "w.pth", Part: "head"}, `--part is "head": must be backbone or full`},
		{
			export.Options{To: export.Timm, Out: "w.pth", Part: export.Full},
			"timm has a place for one backbone alone; use --to official or --to dino",
		},
		{export.Options{To: export.Official, Out: "w.pth", Part: export.Full, Student: true}, "it has both"},
		{export.Options{To: export.HF, Out: "w", Part: export.Backbone, Size: [2]int{8, 8}}, "--size is for onnx"},
		{
			export.Options{To: export.HF, Out: full, Part: export.Backbone},
			"which is there already: name a new or empty folder",
		},
		{
			export.Options{To: export.Timm, Out: filepath.Join(dir, "no", "w.pth"), Part: export.Backbone},
			"make it first",
		},
		{
			export.Options{To: export.Timm, Out: filepath.Join(dir, "d.pth"), Part: export.Backbone},
			"which is a folder: name a file",
		},
	} {
		if strings.HasSuffix(test.o.Out, "d.pth") {
			if err := os.Mkdir(test.o.Out, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := test.o.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %q", test.o, err, test.want)
		}
	}
}

// An export whose features are not those of the source fails, and leaves what was there before.
func TestNothingIsKeptOfAWrongExport(t *testing.T) {
	engine := open(t)
	official := vit.Custom(8, 4, 24, 1, 1)
	official.ImageSize, official.PosEmbed = [2]int{8, 16}, vit.PosEmbedOfficial // timm would resample it in another way
	nan := vit.Custom(8, 4, 24, 1, 1)
	for _, test := range []struct {
		name   string
		model  *layout.Model
		change func(map[string]weights.Tensor)
		want   string
	}{
		{
			"another resampling", draw(official), func(map[string]weights.Tensor) {},
			"must be at most 0.0001; nothing was kept",
		},
		{"not a number", draw(nan), func(w map[string]weights.Tensor) {
			w["norm.bias"] = weights.FromFloat32s([]int{24}, append(make([]float32, 23), float32(math.NaN())))
		}, "differ by NaN"},
		{
			"a tensor too many", draw(nan), func(w map[string]weights.Tensor) { w["norm.more"] = w["norm.bias"] },
			"reading back what was written",
		},
	} {
		test.change(test.model.Teacher)
		dir := t.TempDir()
		out := filepath.Join(dir, "w.pth")
		if err := os.WriteFile(out, []byte("before"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := export.Write(engine, test.model,
			export.Options{To: export.Timm, Out: out, Part: export.Backbone}); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
		text, err := os.ReadFile(out)
		if entries, _ := os.ReadDir(dir); err != nil || string(text) != "before" || len(entries) != 1 {
			t.Errorf("%s: the folder has %v, the file %q (%v)", test.name, entries, text, err)
		}
	}
}

// Networks that transformers' and Meta's code cannot express are refused with the reason.
func TestNetworksWithoutAForm(t *testing.T) {
	engine := open(t)
	width := vit.Custom(8, 4, 24, 1, 1)
	width.LayerScale, width.MLPRatio = 1, 3.5
	wide := vit.Custom(8, 4, 24, 1, 1)
	wide.ImageSize = [2]int{8, 16}
	for _, test := range []struct {
		c    vit.Config
		o    export.Options
		want string
	}{
		{width, export.Options{To: export.HF, Out: "hf"}, "the hidden width of the MLP is 84"},
		{wide, export.Options{To: export.Official, Out: "w.pth"}, "the native image size is 16×8"},
	} {
		test.o.Out, test.o.Part = filepath.Join(t.TempDir(), test.o.Out), export.Backbone
		if _, err := export.Write(engine, draw(test.c), test.o); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func draw(c vit.Config) *layout.Model {
	return rapid.Custom(func(r *rapid.T) *layout.Model { return modelOf(r, c) }).Example(1)
}

// No format has names for a network of another family yet; the error says which format and which
// network.
func TestAnotherKindIsRefused(t *testing.T) {
	m := &layout.Model{Description: layout.Description{Network: convnet.Config{Channels: 3, Dim: 4, Depth: 1}}}
	for to, out := range map[string]string{
		export.Timm: "w.safetensors", export.Official: "w.pth", export.HF: "w", export.ONNX: "w.onnx",
		export.DINO: "w.safetensors",
	} {
		err := export.Options{To: to, Out: filepath.Join(t.TempDir(), out), Part: export.Backbone}.ValidateFor(m)
		want := "export: --to " + to + ": the network is of kind convnet: must be of kind vit"
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
