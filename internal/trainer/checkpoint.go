package trainer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
)

// Keys of the scores that a checkpoint keeps: the best k-NN accuracy of the teacher, and the two baselines.
const (
	BestKNN       = "knn"
	BestUntrained = "knn_untrained"
	BestPixels    = "knn_pixels"
)

// Checkpoints says where and how often the state is saved.
type Checkpoints struct {
	Dir        string
	Every      int // steps
	Keep       int // newest checkpoints that stay
	Digest     string
	Parameters checkpoint.Parameters

	saved int // steps that the newest checkpoint holds
}

// At returns the same for a run that a checkpoint of so many steps was loaded for.
func (c Checkpoints) At(step int) Checkpoints {
	c.saved = step
	return c
}

// save writes the state after so many steps: every variable (weights, moments, center) and the scores.
func (t *trainer) save(done int) error {
	if err := t.Metrics.Sync(); err != nil {
		return err
	}
	tensors, err := State(t.Store)
	if err != nil {
		return err
	}
	state := checkpoint.State{Step: done, Epoch: done / t.StepsPerEpoch, ConfigDigest: t.Checkpoints.Digest, Parameters: t.Checkpoints.Parameters, Best: t.best}
	if err := checkpoint.Save(t.Checkpoints.Dir, state, tensors); err != nil {
		return err
	}
	t.Checkpoints.saved = done
	return checkpoint.Prune(t.Checkpoints.Dir, done, t.Checkpoints.Keep)
}

// interrupted saves the state after so many steps, unless it is saved already.
func (t *trainer) interrupted(done int) error {
	if done != t.Checkpoints.saved {
		if err := t.save(done); err != nil {
			return fmt.Errorf("trainer: interrupted after step %d, but the state could not be saved: %w", done, err)
		}
	}
	return ErrInterrupted
}

// State exports the variables that a checkpoint holds: all but the sums of gradient accumulation, which are zero between steps.
func State(store *model.Store) (map[string]weights.Tensor, error) {
	tensors, err := variables.Export(store, "/")
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(tensors, func(name string, _ weights.Tensor) bool { return isSum(name) })
	return tensors, nil
}

// Restore creates the variables of a checkpoint in a store, before the model is initialised.
func Restore(store *model.Store, from *weights.File) error {
	tensors, err := from.Tensors()
	if err != nil {
		return err
	}
	return variables.Create(store, "/", tensors)
}

// checkRestored verifies, after the first step, that the run has exactly the variables that it was restored with.
func (t *trainer) checkRestored() error {
	names, _ := variables.Within(t.Store, "/")
	names = slices.DeleteFunc(names, isSum)
	if !slices.Equal(names, t.Restored) {
		return fmt.Errorf("trainer: the checkpoint has %d tensors, but the run has %d variables: it was written by another version; begin a new run folder", len(t.Restored), len(names))
	}
	return nil
}

// isSum tells whether a tensor is a sum of gradient accumulation.
func isSum(name string) bool { return strings.HasPrefix(name, "accumulate.") }
