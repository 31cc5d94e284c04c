package weights_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// checkpoints is the part of case.json that describes PyTorch files.
type checkpoints struct {
	Checkpoints []struct{ File, Container, Layout, Expected string } `json:"checkpoints"`
	Epoch       *int                                                 `json:"checkpoint_epoch"`
	Args        map[string]any                                       `json:"checkpoint_args"`
}

// TestGoldenPTH reads the files that PyTorch wrote, in both forms, and compares
// every expected tensor bit for bit as float32.
func TestGoldenPTH(t *testing.T) {
	for _, family := range []string{"vit_official", "vit"} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var g checkpoints
			c.Decode(&g)
			for _, file := range g.Checkpoints {
				t.Run(file.File, func(t *testing.T) {
					f, err := weights.OpenPTH(filepath.Join(c.Dir, file.File))
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					compareExpected(t, f, c.Tensors(t, file.Expected), file.Layout)
					if file.Layout == "full" {
						compareSettings(t, f.Metadata(), g)
					}
				})
			}
		})
	}
}

// compareExpected compares tensors. Names of a teacher alone and of a backbone are bare in the
// expected file.
func compareExpected(t *testing.T, got *weights.PTH, want *weights.File, layout string) {
	prefix := map[string]string{"teacher_only": "teacher/backbone.", "full": "", "backbone": ""}
	if _, ok := prefix[layout]; !ok {
		t.Fatalf("no check for the layout %q", layout)
	}
	expected := map[string]bool{}
	for _, name := range want.Names() {
		expected[prefix[layout]+name] = true
		w, err := want.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, read := range []func(string) (weights.Tensor, error){got.Tensor, got.View} {
			g, err := read(prefix[layout] + name)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(g.Shape) != fmt.Sprint(w.Shape) {
				t.Errorf("%s: shape %v, want %v", name, g.Shape, w.Shape)
			}
			testkit.AllClose(t, name, float32s(t, g), float32s(t, w), 0)
		}
	}
	for _, name := range got.Names() {
		if !expected[name] && !strings.HasPrefix(name, "optimizer/") && !strings.HasPrefix(name, "fp16_scaler/") {
			t.Errorf("tensor %s is not expected", name)
		}
	}
}

func compareSettings(t *testing.T, got map[string]string, g checkpoints) {
	if g.Epoch != nil && got["epoch"] != fmt.Sprint(*g.Epoch) {
		t.Errorf("epoch is %q, want %d", got["epoch"], *g.Epoch)
	}
	for name, want := range g.Args {
		if list, ok := want.([]any); ok {
			for i, item := range list {
				if text := got[fmt.Sprintf("args/%s/%d", name, i)]; text != fmt.Sprint(item) {
					t.Errorf("args.%s[%d] is %q, want %v", name, i, text, item)
				}
			}
			continue
		}
		if text := got["args/"+name]; text != fmt.Sprint(want) {
			t.Errorf("args.%s is %q, want %v", name, text, want)
		}
	}
}

func float32s(t *testing.T, tensor weights.Tensor) []float32 {
	t.Helper()
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}
