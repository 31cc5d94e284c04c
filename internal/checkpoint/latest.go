package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/weights"
)

// ErrNone says that a folder is absent or holds no checkpoint, damaged or not.
var ErrNone = errors.New("checkpoint: none in the folder")

// Loaded is a verified checkpoint.
type Loaded struct {
	State
	Tensors *weights.File // the caller closes it
	Saved   time.Time     // when its state file was written; zero where that is not known
}

// Latest opens the newest checkpoint in dir whose checksums hold. Each newer one that is torn or
// damaged is passed over with a warning that names the file and the reason; one that the system
// fails to read is an error. If there is no checkpoint at all the error is ErrNone; if there are
// some and none is good, it says so.
func Latest(dir string) (*Loaded, []string, error) {
	steps, err := listSteps(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint: %w", err)
	}
	if len(steps) == 0 {
		return nil, nil, ErrNone
	}
	var warnings []string
	for _, step := range steps {
		loaded, err := patientLoad(dir, step)
		if err == nil {
			return loaded, warnings, nil
		}
		if other := (schemaError{}); errors.As(err, &other) {
			return nil, warnings, other
		}
		if regularfile.MayPass(err) {
			return nil, warnings, fmt.Errorf("checkpoint: that of step %d cannot be read, which does not mean that "+
				"it is damaged: %w; "+
				"run the same command again once it can be read, or move %s away to go on from the one before", step,
				err, filepath.Join(dir, stateName(step)))
		}
		warnings = append(warnings, fmt.Sprintf("checkpoint of step %d cannot be used: %v", step, err))
	}
	return nil, warnings, fmt.Errorf("checkpoint: none of the %d checkpoints in %s can be used; the newest: %s; to "+
		"train from the start, remove that folder",
		len(steps), dir, warnings[0])
}

// StateOf reads the state of a checkpoint by the file of its tensors.
func StateOf(tensors string) (State, error) {
	dir := filepath.Dir(tensors)
	steps, err := listSteps(dir)
	if err != nil {
		return State{}, err
	}
	for _, step := range steps {
		r, err := readRecord(filepath.Join(dir, stateName(step)))
		if err == nil && r.Tensors.Name == filepath.Base(tensors) {
			return r.State, nil
		}
	}
	return State{}, ErrNone
}

// OpenNewest is [Latest] without the state: it opens the tensors of the newest good checkpoint in
// dir, and notes which it passed over.
func OpenNewest(dir string) (weights.Source, []string, error) {
	loaded, notes, err := Latest(dir)
	if err != nil {
		return nil, nil, err
	}
	return loaded.Tensors, notes, nil
}

// patientLoad is load, again where an error of the system may pass.
func patientLoad(dir string, step int) (loaded *Loaded, err error) {
	err = regularfile.Patiently(func() error {
		loaded, err = loadStep(dir, step)
		return err
	})
	return loaded, err
}

// loadStep is load; tests put failures of the system in its place.
var loadStep = load

// load verifies and opens the checkpoint of a step.
func load(dir string, step int) (*Loaded, error) {
	path := filepath.Join(dir, stateName(step))
	r, err := readRecord(path)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	tensors := filepath.Join(dir, r.Tensors.Name)
	if err := verify(tensors, r.Tensors); err != nil {
		return nil, err
	}
	f, err := weights.Open(tensors)
	if err != nil {
		return nil, err
	}
	loaded := &Loaded{State: r.State, Tensors: f}
	if info, err := os.Stat(path); err == nil {
		loaded.Saved = info.ModTime()
	}
	return loaded, nil
}

// verify compares size and SHA-256 of a tensor file with what was written.
func verify(path string, want tensorFile) error {
	f, err := regularfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	if size != want.Size {
		return fmt.Errorf("%s is torn: it has %d bytes, %d were written", path, size, want.Size)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("%s is damaged: its SHA-256 is not that of what was written", path)
	}
	return nil
}

// listSteps returns the steps that have a state file in dir, newest first. A
// missing folder has none.
func listSteps(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var steps []int
	for _, entry := range entries {
		if step, ok := parseStateName(entry.Name()); ok {
			steps = append(steps, step)
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(steps)))
	return steps, nil
}
