package weights_test

import (
	_ "embed"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/weights"
)

//go:embed testdata/torch_save.py
var torchSave string

// TestPTHReadsWhatTorchSaves has PyTorch write tensors of every type and arrangement in both
// containers, and the objects that training programs keep beside them, and reads them.
func TestPTHReadsWhatTorchSaves(t *testing.T) {
	python := pythontest.Find(t, "torch")
	dir := t.TempDir()
	var want map[string]struct {
		DType  string
		Shape  []int
		Values []float64
	}
	pythontest.Run(t, python, torchSave, &want, dir)
	for _, file := range []string{"zip.pth", "legacy.pth"} {
		t.Run(file, func(t *testing.T) {
			f, err := weights.OpenPTH(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if len(f.Names()) != len(want) {
				t.Errorf("%d tensors %v, want %d", len(f.Names()), f.Names(), len(want))
			}
			for name, w := range want {
				for _, read := range []func(string) (weights.Tensor, error){f.View, f.Tensor} {
					got, err := read(name)
					if err != nil {
						t.Error(err)
						continue
					}
					if !slices.Equal(got.Shape, w.Shape) || got.DType != w.DType {
						t.Errorf("%s is %s %v, want %s %v", name, got.DType, got.Shape, w.DType, w.Shape)
						continue
					}
					testkit.AllClose(t, name, float64s(t, got), w.Values, 0)
				}
			}
			checkSettings(t, f.Metadata())
		})
	}
	// A tensor of far more elements than the file has bytes, a whole model, and a program. An
	// object of an unknown class beside tensors is left out.
	for file, want := range map[string]string{
		"repeated.pth": "claim more than twice the", "module.pth": `holds an object of the class "torch.nn.modules`,
		"script.pth": "is a TorchScript program",
	} {
		_, err := weights.OpenPTH(filepath.Join(dir, file))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
	f, err := weights.OpenPTH(filepath.Join(dir, "class.pth"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if class := f.Skipped()["w"]; len(f.Names()) != 0 || class != "fractions.Fraction" {
		t.Errorf("class.pth: tensors %v and w of the class %q, want none and fractions.Fraction", f.Names(), class)
	}
}

func checkSettings(t *testing.T, got map[string]string) {
	t.Helper()
	for name, want := range map[string]string{
		"epoch": "7", "args/lr": "0.0005", "args/arch": "vit_small", "args/use_fp16": "true", "args/scale/1": "0.4",
		"hyper_parameters/size": "3", "lightning/lr": "0.25",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func float64s(t *testing.T, tensor weights.Tensor) []float64 {
	t.Helper()
	if values, err := tensor.Float64s(); err == nil {
		return values
	}
	integers, err := tensor.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(integers))
	for i, v := range integers {
		out[i] = float64(v)
	}
	return out
}
