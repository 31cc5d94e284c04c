package checkpoint

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Newest reads the state file of the newest checkpoint in dir without its tensors, for whoever
// shows a run and does not go on with it. Where the newest cannot be read it is that before;
// without any the error is [ErrNone].
func Newest(dir string) (State, error) {
	steps, err := listSteps(dir)
	if err != nil {
		return State{}, err
	}
	for _, step := range steps {
		if r, err := readRecord(filepath.Join(dir, stateName(step))); err == nil {
			return r.State, nil
		}
	}
	return State{}, ErrNone
}

// Saved is a checkpoint by the names of its files.
type Saved struct {
	Step int    // optimizer steps done
	File string // the name of the file of its tensors
}

// ListSaved lists the checkpoints in dir by the names of their regular files, the oldest first,
// without a look into them: what is damaged is listed, too.
func ListSaved(dir string) ([]Saved, error) {
	entries, err := os.ReadDir(dir) // in the order of names
	if err != nil {
		return nil, err
	}
	var saved []Saved
	for _, e := range entries {
		digits, ok := strings.CutSuffix(strings.TrimPrefix(e.Name(), stepPrefix), tensorSuffix)
		digits, _, _ = strings.Cut(digits, "-") // a step that was saved again
		step, err := strconv.Atoi(digits)
		if !ok || err != nil || !strings.HasPrefix(e.Name(), strings.TrimSuffix(stateName(step), stateSuffix)) ||
			!e.Type().IsRegular() {
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, stateName(step))); err == nil {
			saved = append(saved, Saved{step, e.Name()})
		}
	}
	return saved, nil
}
