package export_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"

	"github.com/dino-go/dino/weights/layout"
)

// goldenCase is the part of case.json that round trips need.
type goldenCase struct {
	Params      vitcase.Params                                       `json:"params"`
	Checkpoints []struct{ File, Container, Layout, Expected string } `json:"checkpoints"`
}

// openGolden reads weights of a golden case; the number of heads is not in a file of weights.
func openGolden(t *testing.T, c *testkit.Case, file, as string) *layout.Model {
	t.Helper()
	var g goldenCase
	c.Decode(&g)
	m, err := layout.Open(filepath.Join(c.Dir, file),
		layout.Options{Layout: as, Heads: g.Params.NumHeads, ImageSize: g.Params.ImageSize})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// timm → ours → timm, bit for bit.
func TestGoldenTimmRoundTrip(t *testing.T) {
	engine := open(t)
	testkit.GoldenCases(t, "vit", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "timm" {
			c.UnknownKind()
		}
		m := openGolden(t, c, "model.safetensors", layout.Timm)
		ours, theirs := filepath.Join(t.TempDir(), "ours.safetensors"), filepath.Join(t.TempDir(), "timm.safetensors")
		write(t, export.Options{To: export.DINO, Out: ours, Part: export.Backbone}, engine, m)
		back, err := layout.Open(ours, layout.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		write(t, export.Options{To: export.Timm, Out: theirs, Part: export.Backbone}, engine, back)
		if diff := cmp.Diff(readAll(t, filepath.Join(c.Dir, "model.safetensors")), readAll(t, theirs),
			tensors); diff != "" {
			t.Error(diff)
		}
	})
}

// official → ours → official, bit for bit, with student, teacher and center; what PyTorch reads of
// it is the same.
func TestGoldenOfficialRoundTrip(t *testing.T) {
	engine := open(t)
	testkit.GoldenCases(t, "vit_official", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "official" {
			c.UnknownKind()
		}
		var g goldenCase
		c.Decode(&g)
		for _, checkpoint := range g.Checkpoints {
			t.Run(checkpoint.File, func(t *testing.T) {
				m := openGolden(t, c, checkpoint.File, layout.Official)
				part, names := export.Backbone, ""
				switch checkpoint.Layout {
				case "full":
					part = export.Full
				case "teacher_only":
					part, names = export.Full, "teacher/backbone."
				}
				ours, theirs := filepath.Join(t.TempDir(), "ours.safetensors"),
					filepath.Join(t.TempDir(), "official.pth")
				write(t, export.Options{To: export.DINO, Out: ours, Part: part}, engine, m)
				back, err := layout.Open(ours, layout.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer back.Close()
				write(t, export.Options{To: export.Official, Out: theirs, Part: part}, engine, back)
				want := map[string]weights.Tensor{}
				for name, tensor := range readAll(t, filepath.Join(c.Dir, checkpoint.Expected)) {
					want[names+name] = asFloat32(t, tensor)
				}
				if diff := cmp.Diff(want, readAll(t, theirs), tensors); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

// PyTorch reads what we write for it, with weights_only=True, and finds the same.
func TestGoldenTorchLoadsExports(t *testing.T) {
	engine := open(t)
	testkit.GoldenCases(t, "vit_official", func(t *testing.T, c *testkit.Case) {
		var g goldenCase
		c.Decode(&g)
		for _, checkpoint := range g.Checkpoints {
			if checkpoint.Container != "zip" {
				continue // the same tensors
			}
			m := openGolden(t, c, checkpoint.File, layout.Official)
			part := export.Backbone
			if checkpoint.Layout == "full" {
				part = export.Full
			}
			out := filepath.Join(t.TempDir(), "official.pth")
			write(t, export.Options{To: export.Official, Out: out, Part: part}, engine, m)
			got, values := pythontest.TorchLoad(t, out)
			if diff := cmp.Diff(readAll(t, out), got, tensors); diff != "" {
				t.Error(diff)
			}
			if part == export.Full && values["epoch"] != "0" {
				t.Errorf("values are %v, want epoch 0", values)
			}
		}
	})
}

// timm and official → transformers → ours: the features are the references', and the tensors come
// back to the bit.
func TestGoldenHFRoundTrip(t *testing.T) {
	engine := open(t)
	for family, as := range map[string]string{"vit": layout.Timm, "vit_official": layout.Official} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			m := openGolden(t, c, "model.safetensors", as)
			out := filepath.Join(t.TempDir(), "hf")
			result, err := export.Write(engine, m, export.Options{To: export.HF, Out: out, Part: export.Backbone})
			if reasons := noHFForm(m.Network.(vit.Config)); len(reasons) > 0 {
				if err == nil || !slices.ContainsFunc(reasons,
					func(reason string) bool { return strings.Contains(err.Error(), reason) }) {
					t.Errorf("got %v, want one of %q", err, reasons)
				}
				return
			}
			if err != nil || result.Difference != 0 {
				t.Fatalf("difference %g, %v", result.Difference, err)
			}
			back, err := layout.Open(out, layout.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer back.Close()
			network := m.Network.(vit.Config)
			if network.RegTokens > 0 {
				return // positions were folded into the tokens: the same sums, which the difference has shown
			}
			want := maps.Clone(m.Teacher)
			if network.NoEmbedClass { // there the class token has a position, too, which is zero
				positions := want["pos_embed"]
				want["pos_embed"] = weights.Tensor{
					DType: positions.DType, Shape: []int{1, positions.Shape[1] + 1, m.Network.Width()},
					Data: append(make([]byte, len(positions.Data)/positions.Shape[1]), positions.Data...),
				}
			}
			if diff := cmp.Diff(want, back.Teacher, tensors); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// noHFForm is why transformers has no such network; nothing if it has.
func noHFForm(c vit.Config) (reasons []string) {
	if c.GlobalPool == vit.PoolAvg {
		reasons = append(reasons, "takes the mean of its patches")
	}
	if (c.LayerScale != 0 || c.RegTokens > 0) && c.MLPHidden()%c.EmbedDim != 0 {
		reasons = append(reasons, "hidden width of the MLP")
	}
	return reasons
}

func readAll(t *testing.T, path string) map[string]weights.Tensor {
	t.Helper()
	f, err := weights.OpenAny(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]weights.Tensor{}
	for _, name := range f.Names() {
		if out[name], err = f.Tensor(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// asFloat32 converts floating point tensors, as reading weights does.
func asFloat32(t *testing.T, tensor weights.Tensor) weights.Tensor {
	t.Helper()
	values, err := tensor.Float32s()
	if err != nil {
		return tensor // a count
	}
	return weights.FromFloat32s(tensor.Shape, values)
}
