package export_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"

	"github.com/dino-go/dino/weights/layout"
)

// TestMain asks for fewer checks of a property than usual: each writes files and compiles two
// networks.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// file is a format and the name of a file for it.
type file struct{ to, name string }

var files = []file{
	{export.Timm, "w.safetensors"},
	{export.Timm, "w.pth"},
	{export.Official, "w.pth"},
	{export.HF, "folder"},
	{export.ONNX, "w.onnx"},
	{export.DINO, "w.safetensors"},
}

// Random networks go through a format, if it has a place for them, and their features come back.
func TestFormatsKeepFeatures(t *testing.T) {
	engine := open(t)
	rapid.Check(t, func(r *rapid.T) {
		m, f := drawModel(r), rapid.SampledFrom(files).Draw(r, "format")
		result, err := export.Write(engine, m,
			export.Options{To: f.to, Out: filepath.Join(newDir(r, t), f.name), Part: export.Backbone})
		want := "" // of the error
		switch foreign := f.to == export.Official || f.to == export.HF; {
		case f.to == export.Official && m.Network.Geometry().Native[0] != m.Network.Geometry().Native[1]:
			want = "takes the position embedding for that of a square"
		case foreign && m.Network.(vit.Config).GlobalPool == vit.PoolAvg:
			want = "takes the mean of its patches"
		}
		switch {
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			r.Errorf("%v: got %v, want %q", f, err, want)
		case want == "" && err != nil:
			r.Errorf("%v: %v", f, err)
		case f.to != export.ONNX && result.Difference != 0:
			r.Errorf("%v: features differ by %g, want 0: they are the same numbers", f, result.Difference)
		case result.Difference > 1e-5:
			r.Errorf("%v: features differ by %g", f, result.Difference)
		}
	})
}

// Where names are translated one to one, the tensors come back to the bit.
func TestTensorsComeBack(t *testing.T) {
	engine := open(t)
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		c := m.Network.(vit.Config)
		c.ImageSize[1] = c.ImageSize[0]
		c.GlobalPool, c.ClassToken, c.RegTokens, c.NoEmbedClass = vit.PoolToken, true, 0, false
		if c.SwiGLU {
			c.LayerScale = 1 // or it would be added
		}
		m.Network = c
		m.Teacher = drawTensors(r, m.Network.Shapes())
		f := rapid.SampledFrom(files).Filter(func(f file) bool { return f.to != export.ONNX }).Draw(r, "format")
		out := filepath.Join(newDir(r, t), f.name)
		if _, err := export.Write(engine, m, export.Options{To: f.to, Out: out, Part: export.Backbone}); err != nil {
			r.Fatal(err)
		}
		back, err := layout.Open(out, layout.Options{Heads: m.Network.Outputs().Heads})
		if err != nil {
			r.Fatal(err)
		}
		defer back.Close()
		if diff := cmp.Diff(m.Teacher, back.Teacher, tensors); diff != "" {
			r.Errorf("%v: %s", f, diff)
		}
	})
}

// Our own files say everything about the network and how it is used.
func TestDINOKeepsTheDescription(t *testing.T) {
	engine := open(t)
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		m.Provenance = map[string]string{"encoder": "vit_x", "epoch": "3"}
		addTraining(r, m)
		part := rapid.SampledFrom([]string{export.Backbone, export.Full}).Draw(r, "part")
		out := filepath.Join(newDir(r, t), "w.safetensors")
		if _, err := export.Write(engine, m, export.Options{To: export.DINO, Out: out, Part: part}); err != nil {
			r.Fatal(err)
		}
		back, err := layout.Open(out, layout.Options{})
		if err != nil {
			r.Fatal(err)
		}
		defer back.Close()
		if diff := cmp.Diff(m.Network, back.Network); diff != "" {
			r.Error(diff)
		}
		if diff := cmp.Diff(m.Preprocessing, back.Preprocessing); diff != "" {
			r.Error(diff)
		}
		if back.Provenance["encoder"] != "vit_x" || back.Provenance["epoch"] != "3" {
			r.Errorf("provenance is %v", back.Provenance)
		}
		if part == export.Full {
			sameTraining(r, m, back)
		}
	})
}

// Everything that training goes on from comes back from Meta's form too; the seed's head as the
// official one, with the same logits.
func TestOfficialKeepsTraining(t *testing.T) {
	engine := open(t)
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		c := m.Network.(vit.Config)
		c.ImageSize[1] = c.ImageSize[0]
		c.GlobalPool, c.ClassToken = vit.PoolToken, true
		m.Network = c
		m.Teacher = drawTensors(r, m.Network.Shapes())
		addTraining(r, m)
		out := filepath.Join(newDir(r, t), "w.pth")
		result, err := export.Write(engine, m, export.Options{To: export.Official, Out: out, Part: export.Full})
		if err != nil {
			r.Fatal(err)
		}
		if m.Head.Kind == projection.Official && result.Difference != 0 || result.Difference > 1e-5 {
			r.Errorf("outputs differ by %g", result.Difference)
		}
		back, err := layout.Open(out,
			layout.Options{Heads: m.Network.Outputs().Heads, ImageSize: m.Network.Geometry().Native})
		if err != nil {
			r.Fatal(err)
		}
		defer back.Close()
		if back.Head == nil || back.Head.Kind != projection.Official || back.Student == nil {
			r.Fatalf("head is %+v, student has %d tensors", back.Head, len(back.Student))
		}
		if m.Head.Kind == projection.Official {
			if diff := cmp.Diff(m.StudentHead, back.StudentHead, tensors); diff != "" {
				r.Error(diff)
			}
		}
		if diff := cmp.Diff(m.Center, back.Center, tensors); diff != "" {
			r.Error(diff)
		}
	})
}

// The student is another network than the teacher.
func TestStudent(t *testing.T) {
	engine, m := open(t), rapid.Custom(drawModel).Example(3)
	out := filepath.Join(t.TempDir(), "w.safetensors")
	o := export.Options{To: export.DINO, Out: out, Part: export.Backbone, Student: true}
	if _, err := export.Write(engine, m, o); err == nil || !strings.Contains(err.Error(), "has no student") {
		t.Errorf("without a student: %v", err)
	}
	m.Student = rapid.Custom(func(r *rapid.T) map[string]weights.Tensor {
		return drawTensors(r,
			m.Network.Shapes())
	}).Example(4)
	if _, err := export.Write(engine, m, o); err != nil {
		t.Fatal(err)
	}
	back, err := layout.Open(out, layout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if diff := cmp.Diff(m.Student, back.Teacher, tensors); diff != "" {
		t.Error(diff)
	}
}

// An ONNX model takes images of the size that was asked for, else that of the preprocessing, and
// carries the metadata.
func TestONNXSize(t *testing.T) {
	engine, m := open(t), rapid.Custom(drawModel).Example(1)
	p := m.Network.Geometry().Patch
	m.Preprocessing.Size = 4*p + min(1, p-1)
	for want, asked := range map[[2]int][2]int{{4 * p, 4 * p}: {}, {2 * p, 3 * p}: {2 * p, 3 * p}} {
		out := filepath.Join(t.TempDir(), "w.onnx")
		result, err := export.Write(engine, m,
			export.Options{To: export.ONNX, Out: out, Part: export.Backbone, Size: asked})
		if err != nil {
			t.Fatal(err)
		}
		if note := fmt.Sprintf("fixed to images of %d×%d pixels", want[1],
			want[0]); !strings.Contains(strings.Join(result.Notes, ""), note) {
			t.Errorf("notes are %q, want %q", result.Notes, note)
		}
	}
}

func TestHFConfig(t *testing.T) {
	engine := open(t)
	for _, test := range []struct {
		change func(c *vit.Config)
		want   map[string]any
	}{
		{func(*vit.Config) {}, map[string]any{
			"model_type": "vit", "intermediate_size": 96.0, "layer_norm_eps": 1e-12,
			"image_size": 16.0, "mlp_ratio": nil,
		}},
		{func(c *vit.Config) { c.ImageSize = [2]int{16, 24} }, map[string]any{"image_size": []any{16.0, 24.0}}},
		{
			func(c *vit.Config) { c.LayerScale = 1 },
			map[string]any{
				"model_type": "dinov2", "mlp_ratio": 4.0, "use_swiglu_ffn": false,
				"num_register_tokens": nil,
			},
		},
		{
			func(c *vit.Config) { c.LayerScale, c.SwiGLU, c.MLPRatio = 1, true, 64.0/24 },
			map[string]any{"mlp_ratio": 4.0, "use_swiglu_ffn": true},
		},
		{
			func(c *vit.Config) { c.RegTokens = 4 },
			map[string]any{"model_type": "dinov2_with_registers", "num_register_tokens": 4.0},
		},
	} {
		c := vit.Custom(16, 8, 24, 1, 2)
		c.LayerNormEps = 1e-12
		test.change(&c)
		m := rapid.Custom(func(r *rapid.T) *layout.Model { return modelOf(r, c) }).Example(1)
		out := filepath.Join(t.TempDir(), "hf")
		if _, err := export.Write(engine, m,
			export.Options{To: export.HF, Out: out, Part: export.Backbone}); err != nil {
			t.Fatal(err)
		}
		got := readJSON(t, filepath.Join(out, "config.json"))
		for key, want := range test.want {
			if diff := cmp.Diff(want, got[key]); diff != "" {
				t.Errorf("%s: %s", key, diff)
			}
		}
		if text, err := os.ReadFile(filepath.Join(out, "config.json")); err != nil ||
			!strings.Contains(string(text), `"hidden_dropout_prob": 0.0,`) {
			t.Errorf("transformers takes no int for a float, but config.json is %s (%v)", text, err)
		}
		preprocessor := readJSON(t, filepath.Join(out, "preprocessor_config.json"))
		if preprocessor["resample"] != 3.0 ||
			fmt.Sprint(preprocessor["size"],
				preprocessor["crop_size"]) != "map[shortest_edge:18] map[height:16 width:16]" {
			t.Errorf("preprocessing is %v", preprocessor)
		}
	}
}

func readJSON(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T) compute.Backend {
	t.Helper()
	engine, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// newDir returns a new folder for one check of a property.
func newDir(r *rapid.T, t *testing.T) string {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		r.Fatal(err)
	}
	return dir
}

func write(t *testing.T, o export.Options, engine compute.Backend, m *layout.Model) export.Result {
	t.Helper()
	result, err := export.Write(engine, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
