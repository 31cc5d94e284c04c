package layout_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/vitcase"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// TestGoldenSafetensors recognises the weights of every golden transformer, and infers its
// architecture: all but the number of heads and epsilon, which no file says, and of the MLP the
// width, of which the ratio that was given is rounded down.
func TestGoldenSafetensors(t *testing.T) {
	for _, family := range []string{"vit", "vit_official"} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var p vitcase.Params
			c.Params(&p)
			want := p.Config(vit.PosEmbedTimm)
			m, err := layout.Open(filepath.Join(c.Dir, "model.safetensors"),
				layout.Options{Heads: want.NumHeads, ImageSize: want.ImageSize})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			got := m.Network.(vit.Config)
			if (got.LayerScale != 0) != (want.LayerScale != 0) {
				t.Errorf("LayerScale is %g, want %g", got.LayerScale, want.LayerScale)
			}
			if got.MLPHidden() != want.MLPHidden() {
				t.Errorf("the hidden width of the MLP is %d, want %d", got.MLPHidden(), want.MLPHidden())
			}
			got.LayerScale, got.LayerNormEps = want.LayerScale, want.LayerNormEps
			got.MLPRatio = want.MLPRatio // many give the same hidden width, which is all that a file shows
			if m.Layout != layout.Timm || got != want {
				t.Errorf("layout %s,\ngot  %+v\nwant %+v", m.Layout, got, want)
			}
			same(t, m.Teacher, tensors(t, c.Tensors(t, "model.safetensors")), "")
		})
	}
}

// TestGoldenPTH maps PyTorch's files, of which one may hold student, teacher, heads and center.
func TestGoldenPTH(t *testing.T) {
	testkit.GoldenCases(t, "vit_official", func(t *testing.T, c *testkit.Case) {
		var g struct {
			Params      vitcase.Params
			Checkpoints []struct{ File, Layout, Expected string }
		}
		c.Decode(&g)
		config := g.Params.Config(vit.PosEmbedOfficial)
		for _, file := range g.Checkpoints {
			t.Run(file.File, func(t *testing.T) {
				m, err := layout.Open(filepath.Join(c.Dir, file.File), layout.Options{Heads: config.NumHeads})
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				want := tensors(t, c.Tensors(t, file.Expected))
				if by := m.Network.(vit.Config).PosEmbed; m.Layout != layout.Official || by != vit.PosEmbedOfficial {
					t.Errorf("layout is %s with position embedding %s", m.Layout, by)
				}
				switch file.Layout {
				case "backbone", "teacher_only":
					same(t, m.Teacher, want, "")
				case "full":
					same(t, m.Teacher, want, "teacher/backbone.")
					same(t, m.Student, want, "student/module.backbone.")
					same(t, m.TeacherHead, want, "teacher/head.")
					same(t, m.StudentHead, want, "student/module.head.")
					same(t, map[string]weights.Tensor{"center": *m.Center}, want, "dino_loss/")
				default:
					t.Fatalf("no check for the layout %q", file.Layout)
				}
			})
		}
	})
}

// same compares tensors with those of want whose names begin with prefix, bit for bit as float32.
func same(t *testing.T, got, want map[string]weights.Tensor, prefix string) {
	t.Helper()
	n := 0
	for name, w := range want {
		if len(name) < len(prefix) || name[:len(prefix)] != prefix {
			continue
		}
		n++
		g, ok := got[name[len(prefix):]]
		if !ok || !slices.Equal(g.Shape, w.Shape) {
			t.Errorf("%s: shape %v, want %v", name, g.Shape, w.Shape)
			continue
		}
		if w.DType == weights.I64 {
			continue
		}
		testkit.AllClose(t, name, float32s(t, g), float32s(t, w), 0)
	}
	if n == 0 || len(got) != n {
		t.Errorf("%d tensors, want %d below %q", len(got), n, prefix)
	}
}

func tensors(t *testing.T, f *weights.File) map[string]weights.Tensor {
	t.Helper()
	all, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func float32s(t *testing.T, tensor weights.Tensor) []float32 {
	t.Helper()
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}
