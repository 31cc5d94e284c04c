package checkpoint

import (
	"errors"
	"path/filepath"
	"testing"
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
