package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A checkpoint that the system fails to read is none that is damaged: to go on from the one before
// would throw work away.
func TestUnreadableIsNotDamaged(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 1)
	mustSave(t, dir, 2)
	defer func() { loadStep = load }()
	failures := 1000
	loadStep = func(dir string, step int) (*Loaded, error) {
		if failures--; step == 2 && failures >= 0 {
			return nil, &fs.PathError{Op: "read", Path: filepath.Join(dir, stateName(step)), Err: syscall.EIO}
		}
		return load(dir, step)
	}
	_, _, err := Latest(dir)
	if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "step 2") ||
		!strings.Contains(err.Error(), "EIO") {
		t.Errorf("got %v", err)
	}
	failures = 2
	requireLatest(t, dir, 2)
}

// A run folder that is gone is not made anew.
func TestSaveIntoNothing(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	if err := Save(filepath.Join(run, "checkpoints"), State{}, tensorsOf(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(run); err == nil {
		t.Error("the folder is there again")
	}
}
