package dino_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// The file has the teacher's tensors alone, and says what network they are and who wrote them.
func TestSaveTeacher(t *testing.T) {
	m, store := small()
	for path, v := range map[string]float32{"/backbone/teacher/norm/bias": 7, "/backbone/student/norm/bias": 5} {
		values := make([]float32, 24)
		for i := range values {
			values[i] = v
		}
		if err := store.GetVariable(path).SetValue(tensors.FromValue(values)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "teacher.safetensors")
	if err := dino.SaveTeacher(path, m, store, imageNet(24)); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	bias, err := file.Tensor("norm.bias")
	if err != nil {
		t.Fatal(err)
	}
	if values, err := bias.Float32s(); err != nil || values[23] != 7 {
		t.Errorf("norm.bias is %v, %v, want the teacher's", values, err)
	}
	if got, want := len(file.Names()), len(m.ViT.Shapes()); got != want {
		t.Errorf("the file has %d tensors, want the %d of the network", got, want)
	}
	if metadata := file.Metadata(); metadata["producer"] != "dino" || metadata["encoder"] != "custom" {
		t.Errorf("the metadata are %v", metadata)
	}
	e, err := dino.Load(path, dino.WithBackend("cpu"))
	if err != nil {
		t.Fatal(err)
	}
	if e.Config != m.ViT || e.Preprocessing != imageNet(24) {
		t.Errorf("loaded are %+v, %+v", e.Config, e.Preprocessing)
	}
}

// flat is a backbone that is no transformer.
type flat struct{}

func (flat) Forward(_ *model.Scope, images *graph.Node) *graph.Node {
	return graph.ReduceMean(images, 2, 3)
}

// What Load would refuse is not written.
func TestWrongUseOfSaveTeacher(t *testing.T) {
	m, store := small()
	c := distill.DefaultConfig()
	c.Backbone, c.ViT = flat{}, m.ViT
	own, err := distill.New(c)
	if err != nil {
		t.Fatal(err)
	}
	bad := imageNet(16)
	bad.Interpolation = "linear"
	for name, c := range map[string]struct {
		m     *distill.Model
		store *model.Store
		p     layout.Preprocessing
		want  string
	}{
		"own backbone":     {own, store, imageNet(16), "no transformer of package vit"},
		"no variables":     {m, model.NewStore(), imageNet(16), "call Init"},
		"no preprocessing": {m, store, layout.Preprocessing{}, "size is 0"},
		"interpolation":    {m, store, bad, `interpolation is "linear"`},
		"size":             {m, store, imageNet(17), "multiples of the patch size (8)"},
	} {
		path := filepath.Join(t.TempDir(), "teacher.safetensors")
		err := dino.SaveTeacher(path, c.m, c.store, c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q and the path", name, err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file is there", name)
		}
	}
}
