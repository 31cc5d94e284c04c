package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// Prune keeps the checkpoint of a step, the one just saved or loaded, and the
// keep − 1 newest before it. It removes all others: older ones; those of later
// steps, which Latest passed over as damaged; and what a crash left behind,
// temporary files and tensors without a state.
func Prune(dir string, step, keep int) error {
	if err := prune(dir, step, keep); err != nil {
		return fmt.Errorf("checkpoint: removing old checkpoints: %w", err)
	}
	return nil
}

func prune(dir string, step, keep int) error {
	if keep < 1 {
		return fmt.Errorf("keep is %d: must be at least 1", keep)
	}
	kept, err := keptFiles(dir, step, keep)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// State files go first: tensors without a state are not a checkpoint, a
	// state without its tensors would look like a damaged one.
	for _, ours := range []func(string) bool{isStateName, isTensorName} {
		for _, entry := range entries {
			if name := entry.Name(); ours(name) && !kept[name] {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					return err
				}
			}
		}
		if err := atomicfile.SyncDir(dir); err != nil {
			return err
		}
	}
	return atomicfile.RemoveStale(dir)
}

// keptFiles returns the names of the files of the checkpoints that Prune keeps.
func keptFiles(dir string, newest, keep int) (map[string]bool, error) {
	steps, err := listSteps(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for _, step := range steps {
		if step > newest || keep == 0 {
			continue
		}
		r, err := readRecord(filepath.Join(dir, stateName(step)))
		if other := (schemaError{}); errors.As(err, &other) {
			return nil, other
		}
		if regularfile.MayPass(err) {
			return nil, err // what it names is not known, and must not be removed
		}
		if err != nil {
			continue
		}
		files[stateName(step)], files[r.Tensors.Name] = true, true
		keep--
	}
	return files, nil
}

func isStateName(name string) bool {
	_, ok := parseStateName(name)
	return ok
}
