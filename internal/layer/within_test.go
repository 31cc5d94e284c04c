package layer

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"
)

func TestWithin(t *testing.T) {
	store := model.NewStore()
	paths := []string{
		"/net/student/num_batches_tracked", "/net/student/blocks/0/attn/qkv/weight", "/net/student/bias",
		"/net/studentship", // beside the scope, not below it
		"/other",
	}
	for _, path := range paths {
		if _, err := store.CreateVariable(path, tensors.FromValue(float32(1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	for scope, want := range map[string][]string{
		"/net/student":        {"bias", "blocks.0.attn.qkv.weight", "num_batches_tracked"},
		"/net/student/blocks": {"0.attn.qkv.weight"},
		"/nothing":            {},
		"/net": {
			"student.bias", "student.blocks.0.attn.qkv.weight", "student.num_batches_tracked",
			"studentship",
		},
	} {
		names, byName := Within(store, scope)
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: %s", scope, diff)
		}
		for _, name := range names {
			if path := scope + "/" + strings.ReplaceAll(name, ".", "/"); byName[name].Path() != path {
				t.Errorf("%s stands for %s, want %s", name, byName[name].Path(), path)
			}
		}
	}
	if names, _ := Within(store, "/"); len(names) != len(paths) {
		t.Errorf("the root has %v, want %d names: without the random state of the engine", names, len(paths))
	}
}
