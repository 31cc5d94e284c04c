package weights_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/weights"
)

// shards writes two shards and an index with the given map of tensors to files, and returns the
// index's path.
func shards(t *testing.T, index map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	one := map[string]weights.Tensor{
		"a": weights.FromFloat32s([]int{1}, []float32{1}),
		"b": weights.FromFloat32s([]int{1}, []float32{2}),
	}
	two := map[string]weights.Tensor{"c": weights.FromFloat32s([]int{2}, []float32{3, 4})}
	for name, tensors := range map[string]map[string]weights.Tensor{"1.safetensors": one, "2.safetensors": two} {
		if err := weights.Write(filepath.Join(dir, name), tensors, map[string]string{"of": name}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"metadata": map[string]int{"total_size": 16}, "weight_map": index})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "model"+weights.ShardIndexSuffix)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSharded(t *testing.T) {
	path := shards(t, map[string]string{"a": "1.safetensors", "b": "1.safetensors", "c": "2.safetensors"})
	f, err := weights.OpenAny(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Names(), []string{"a", "b", "c"}) || f.Metadata()["of"] != "2.safetensors" {
		t.Errorf("holds %v, metadata %v", f.Names(), f.Metadata())
	}
	for name, want := range map[string][]float32{"a": {1}, "b": {2}, "c": {3, 4}} {
		for _, read := range []func(string) (weights.Tensor, error){f.Tensor, f.View} {
			got, err := read(name)
			if err != nil || !slices.Equal(float32s(t, got), want) {
				t.Errorf("%s: %v, %v, want %v", name, got, err, want)
			}
		}
		if info, ok := f.Info(name); !ok || info.DType != weights.F32 || !slices.Equal(info.Shape, []int{len(want)}) {
			t.Errorf("%s: %v, %v", name, info, ok)
		}
	}
	if _, err := f.Tensor("d"); err == nil || !strings.Contains(err.Error(), `no tensor "d" among the 3`) {
		t.Errorf("a tensor that is not listed gives %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestShardedErrors(t *testing.T) {
	for _, test := range []struct {
		index map[string]string
		want  string
	}{
		{
			map[string]string{"a": "1.safetensors", "b": "1.safetensors", "c": "3.safetensors"},
			"3.safetensors: no such file",
		},
		{
			map[string]string{"a": "1.safetensors", "b": "1.safetensors", "c": "../2.safetensors"},
			`must be the name of a file in the same folder`,
		},
		{
			map[string]string{"a": "1.safetensors", "b": "1.safetensors", "c": "1.safetensors"},
			`tensor "c" is listed in 1.safetensors, which does not have it`,
		},
		{
			map[string]string{"a": "1.safetensors"},
			`shard 1.safetensors has the tensor "b", which the index lists in ""`,
		},
		{nil, "has no weight_map"},
	} {
		if _, err := weights.OpenSharded(shards(t, test.index)); err == nil ||
			!strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "weights: ") != 1 {
			t.Errorf("%v: got %v, want %q, and the package once", test.index, err, test.want)
		}
	}
	path := filepath.Join(t.TempDir(), "x"+weights.ShardIndexSuffix)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := weights.OpenAny(path); err == nil || !strings.Contains(err.Error(), "is not a list of shards") {
		t.Errorf("half an object gives %v", err)
	}
}
