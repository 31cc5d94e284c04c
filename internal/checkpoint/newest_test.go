package checkpoint

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The state of the newest checkpoint is read without its tensors, and one that is damaged is passed
// over.
func TestNewest(t *testing.T) {
	dir := t.TempDir()
	if _, err := Newest(dir); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	mustSave(t, dir, 3)
	mustSave(t, dir, 7)
	write(t, filepath.Join(dir, "step-00000007.safetensors"), "torn")
	if state, err := Newest(dir); err != nil || state.Step != 7 {
		t.Errorf("step %d, %v", state.Step, err)
	}
	write(t, filepath.Join(dir, "step-00000007.json"), "torn")
	if state, err := Newest(dir); err != nil || state.Step != 3 {
		t.Errorf("with a torn state: step %d, %v", state.Step, err)
	}
}

// Checkpoints are listed by names: those that have both files.
func TestListSaved(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 7)
	mustSave(t, dir, 123456789)
	mustSave(t, dir, 3)
	mustSave(t, dir, 3) // again, beside the first
	for _, other := range []string{
		"step-00000009.safetensors", "step-7.safetensors", "step-x.safetensors", "step--0000003.safetensors", "x",
	} {
		write(t, filepath.Join(dir, other), "")
	}
	got, err := ListSaved(dir)
	want := []Saved{
		{123456789, "step-123456789.safetensors"},
		{3, "step-00000003-2.safetensors"},
		{3, "step-00000003.safetensors"},
		{7, "step-00000007.safetensors"},
	}
	byName := func(a, b Saved) int { return strings.Compare(a.File, b.File) }
	slices.SortFunc(got, byName)
	slices.SortFunc(want, byName)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if _, err := ListSaved(filepath.Join(dir, "x")); err == nil {
		t.Error("a file is no folder of checkpoints")
	}
}
