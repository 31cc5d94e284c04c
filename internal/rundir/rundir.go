// Package rundir is the folder of a run: what it holds, under which names, and that only one process works on it.
//
//	config.yaml          the resolved configuration
//	checkpoints/         the newest states (package checkpoint)
//	metrics.jsonl        one line a step (package runlog)
//	events/              the same for TensorBoard
//	bad_images.jsonl     one line for every image that could not be decoded
//	teacher.safetensors  the trained backbone, under timm's names, once the run is complete
package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/dino-go/dino/internal/atomicfile"
)

// Dir is an open run folder.
type Dir struct {
	Path   string
	lock   *flock.Flock
	listed map[int]bool // images in the list of bad ones, as far as this process has read and written it
}

// Names within the folder.
const (
	configName = "config.yaml"
	lockName   = ".lock"
)

// Open opens a run folder, making it if needed, and locks it for this process. A folder that holds something else is refused.
func Open(path string) (*Dir, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	lock := flock.New(filepath.Join(path, lockName))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run folder: locking %s: %w", path, err)
	}
	if !got {
		return nil, fmt.Errorf("run folder: another process works on %s: wait for it, or choose another --out", path)
	}
	return &Dir{Path: path, lock: lock}, nil
}

// Check refuses a folder that is neither empty nor a run's. It touches nothing.
func Check(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() == configName || e.Name() == lockName {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("run folder: %s holds other files and is not a run: choose an empty or new folder for --out", path)
	}
	return nil
}

// Close unlocks the folder.
func (d *Dir) Close() error { return d.lock.Unlock() }

// Config is the path of the resolved configuration.
func (d *Dir) Config() string { return filepath.Join(d.Path, configName) }

// Checkpoints is the folder of the saved states.
func (d *Dir) Checkpoints() string { return filepath.Join(d.Path, "checkpoints") }

// Metrics is the path of the log.
func (d *Dir) Metrics() string { return filepath.Join(d.Path, "metrics.jsonl") }

// Events is the folder of the TensorBoard files.
func (d *Dir) Events() string { return filepath.Join(d.Path, "events") }

// Teacher is the path of the trained backbone.
func (d *Dir) Teacher() string { return filepath.Join(d.Path, "teacher.safetensors") }

// Begun tells whether the folder holds a run with a saved state, to go on from. What an attempt without one left is started over.
func (d *Dir) Begun() bool {
	saved, err := os.ReadDir(d.Checkpoints())
	return d.Path != "" && err == nil && len(saved) > 0 && exists(d.Config())
}

// Complete tells whether the trained backbone is there.
func (d *Dir) Complete() bool { return exists(d.Teacher()) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// WriteConfig saves the resolved configuration.
func (d *Dir) WriteConfig(text []byte) error {
	return atomicfile.WriteFile(d.Config(), text)
}
