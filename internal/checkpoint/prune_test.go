package checkpoint

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/atomicfile"
)

func TestPruneKeepsNewest(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []int{1, 2, 3, 4} {
		mustSave(t, dir, step)
	}
	write(t, filepath.Join(dir, "notes.txt"), "not ours")
	if err := Prune(dir, 4, 2); err != nil {
		t.Fatal(err)
	}
	requireNames(t, dir, "notes.txt", "step-00000003.json", "step-00000003.safetensors", "step-00000004.json",
		"step-00000004.safetensors")
	requireLatest(t, dir, 4)
}

// TestPruneAfterFallback: a damaged later checkpoint does not count as one to
// keep, and goes.
func TestPruneAfterFallback(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []int{10, 20, 30} {
		mustSave(t, dir, step)
	}
	write(t, filepath.Join(dir, "step-00000030.safetensors"), "torn")
	write(t, filepath.Join(dir, "step-00000020.json"), "torn")
	mustSave(t, dir, 15)
	if err := Prune(dir, 15, 1); err != nil {
		t.Fatal(err)
	}
	requireNames(t, dir, "step-00000015.json", "step-00000015.safetensors")
	requireLatest(t, dir, 15)
}

func TestPruneRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 1)
	mustSave(t, dir, 1) // leaves the tensors of the first time
	write(t, filepath.Join(dir, "step-00000009.safetensors"), "a crash came before its state")
	if _, err := atomicfile.Create(filepath.Join(dir, "step-00000010.safetensors")); err != nil {
		t.Fatal(err)
	}
	if err := Prune(dir, 1, 3); err != nil {
		t.Fatal(err)
	}
	requireNames(t, dir, "step-00000001-2.safetensors", "step-00000001.json")
	requireLatest(t, dir, 1)
}

func TestPruneErrors(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 1)
	if err := Prune(dir, 1, 0); err == nil || !strings.Contains(err.Error(), "keep is 0: must be at least 1") {
		t.Errorf("got error %v", err)
	}
	requireLatest(t, dir, 1)
	if err := Prune(filepath.Join(dir, "absent"), 1, 1); err != nil {
		t.Errorf("a folder that is not there yet: %v", err)
	}
}
