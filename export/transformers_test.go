package export_test

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	gomlx "github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights/layout"
)

//go:embed testdata/transformers_features.py
var transformersFeatures string

// loaded is what transformers makes of a folder: see testdata/transformers_features.py.
type loaded struct {
	Class               string
	Missing, Unexpected []string
	Tokens              []float32
	Mean                [3]float64
	ShortestEdge        int `json:"shortest_edge"`
}

// transformers loads the folders that we write, misses nothing, and computes the same tokens.
func TestTransformersLoadsFolders(t *testing.T) {
	python, engine := pythontest.Find(t, "transformers", "torch", "PIL"), open(t)
	classes := []string{"ViTModel", "Dinov2Model", "Dinov2WithRegistersModel"}
	changes := []func(*vit.Config){
		func(c *vit.Config) { c.QKVBias, c.MLPRatio = false, 2.5 },
		func(c *vit.Config) { c.LayerScale = 1 },
		func(c *vit.Config) {
			c.RegTokens, c.NoEmbedClass, c.LayerScale, c.SwiGLU, c.MLPRatio = 4, true, 1, true, 8./3
		},
	}
	images := pattern(2 * 3 * 24 * 24)
	args := []string{"2,3,24,24", writeFloats(t, images)}
	var models []*layout.Model
	for _, change := range changes {
		c := vit.Custom(24, 8, 48, 2, 3)
		change(&c)
		models = append(models, draw(c))
		args = append(args, filepath.Join(t.TempDir(), "hf"))
		write(t, export.Options{To: export.HF, Out: args[len(args)-1], Part: export.Backbone}, engine,
			models[len(models)-1])
	}
	var results []loaded
	pythontest.Run(t, python, transformersFeatures, &results, args...)
	for i, got := range results {
		m := models[i]
		if got.Class != classes[i] || got.Mean != m.Preprocessing.Mean || got.ShortestEdge != 27 {
			t.Errorf("transformers has a %s and preprocesses with mean %v, size %d; want %s", got.Class, got.Mean,
				got.ShortestEdge, classes[i])
		}
		for _, key := range got.Missing {
			if !strings.HasPrefix(key, "pooler.") { // behind the features, and in no release of DINO
				t.Errorf("%s: transformers misses %s", got.Class, key)
			}
		}
		if len(got.Unexpected) > 0 {
			t.Errorf("%s: transformers does not know %v", got.Class, got.Unexpected)
		}
		want := forwardTokens(t, engine, m, gomlx.FromFlatDataAndDimensions(images, 2, 3, 24, 24))
		testkit.AllClose(t, got.Class+": tokens", got.Tokens, want, export.Tolerance)
	}
}

// pattern are n pixels, without order and always the same.
func pattern(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32((i*2654435761)%1000)/500 - 1
	}
	return out
}

func writeFloats(t *testing.T, values []float32) string {
	t.Helper()
	var data bytes.Buffer
	if err := binary.Write(&data, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "floats")
	if err := os.WriteFile(path, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// forwardTokens computes all tokens after the final norm.
func forwardTokens(t *testing.T, engine compute.Backend, m *layout.Model, images *gomlx.Tensor) []float32 {
	t.Helper()
	network, err := m.Network.New()
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := variables.Create(store, "/vit", m.Teacher); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) *graph.Node {
		return network.ForwardAll(scope.At("vit"), images, nets.Want{}).Tokens
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(images)
	if err != nil {
		t.Fatal(err)
	}
	return gomlx.MustCopyFlatData[float32](outputs[0])
}
