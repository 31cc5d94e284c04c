package trainer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/optim"

	"github.com/dino-go/dino/weights"
)

// Keys of the scores that a checkpoint keeps, the names of the measurements: the best k-NN accuracy
// of the teacher, and the two baselines.
var (
	BestKNN       = KNN.Name
	BestUntrained = KNNUntrained.Name
	BestPixels    = KNNPixels.Name
)

// Checkpoints says where and how often the state is saved.
type Checkpoints struct {
	Dir        string
	Every      int           // steps
	Interval   time.Duration // also whenever so much time has passed since the last; 0 for steps alone
	Keep       int           // newest checkpoints that stay
	Bytes      int64         // of a state, about; 0 where that is not known
	Digest     string
	Parameters checkpoint.Parameters

	saved int       // steps that the newest checkpoint holds
	at    time.Time // when that was, in this process
}

// due tells whether the state is saved after so many steps.
func (c Checkpoints) due(done int, now time.Time) bool {
	return done%c.Every == 0 || c.Interval > 0 && now.Sub(c.at) >= c.Interval
}

// At returns the same for a run that a checkpoint of so many steps was loaded for.
func (c Checkpoints) At(step int) Checkpoints {
	c.saved = step
	return c
}

// save writes the state after so many steps: every variable (weights, moments, center) and the
// scores.
func (t *trainer) save(done int) error {
	began := t.now()
	if err := observe.Sync(t.Observer); err != nil {
		return err
	}
	tensors, err := State(t.Store)
	if err != nil {
		return err
	}
	state := checkpoint.State{
		Step: done, Epoch: done / t.StepsPerEpoch, ConfigDigest: t.Checkpoints.Digest,
		Parameters: t.Checkpoints.Parameters, Best: t.best, Updates: &checkpoint.Updates{
			All: t.Before.All + done, LastLayer: t.Before.LastLayer + t.Plan.Unfrozen(done),
		},
	}
	if err := checkpoint.Save(t.Checkpoints.Dir, state, tensors); err != nil {
		return err
	}
	t.Checkpoints.saved, t.Checkpoints.at = done, time.Now()
	if err := checkpoint.Prune(t.Checkpoints.Dir, done, t.Checkpoints.Keep); err != nil {
		return err
	}
	t.pace.saved(t.now(), began)
	return t.Observer.Saved(observe.Saved{Steps: done, Folder: t.Checkpoints.Dir})
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

// State exports the variables that a checkpoint holds: all but the sums of gradient accumulation,
// which are zero between steps.
func State(store *model.Store) (map[string]weights.Tensor, error) {
	tensors, err := variables.Export(store, "/")
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(tensors, func(name string, _ weights.Tensor) bool { return isSum(name) })
	return tensors, nil
}

// Restore sets the variables of an initialised model from a checkpoint, and creates the optimizer's
// moments. Every tensor must have its variable and every variable its tensor.
func Restore(store *model.Store, m *distill.Model, o distill.Optimizer, from *weights.File) error {
	network, err := from.Tensors()
	if err != nil {
		return err
	}
	moments := map[string]weights.Tensor{}
	for name, t := range network {
		if strings.HasPrefix(name, momentScope) {
			moments[name] = t
			delete(network, name)
		}
	}
	if err := variables.Import(store, "/", network); err != nil {
		return otherVersion(err)
	}
	if err := checkMoments(m, o, store, moments); err != nil {
		return otherVersion(err)
	}
	return variables.Create(store, "/", moments)
}

func otherVersion(err error) error {
	return fmt.Errorf("trainer: the checkpoint was written by another version of this program; begin a new "+
		"run folder: %w", err)
}

// momentScope is where the optimizer keeps its moments: those of AdamW are optimizer.m.NAME and
// optimizer.v.NAME for the parameter NAME.
const momentScope = optim.MomentScope + "."

// checkMoments verifies that there are the moments of every parameter, of its shape, and no other.
func checkMoments(m *distill.Model, o distill.Optimizer, store *model.Store, moments map[string]weights.Tensor) error {
	known := map[string]bool{}
	for _, p := range m.Parameters(store) {
		for _, path := range m.Moments(o, p) {
			moment := variables.Name(path)
			known[moment] = true
			t, ok := moments[moment]
			if want := p.Shape().Dimensions; !ok || !slices.Equal(t.Shape, want) {
				return fmt.Errorf("%s is %v, want %v", moment, t.Shape, want)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(moments)) {
		if !known[name] {
			return fmt.Errorf("unexpected %s %v", name, moments[name].Shape)
		}
	}
	return nil
}

// isSum tells whether a tensor is a sum of gradient accumulation.
func isSum(name string) bool { return strings.HasPrefix(name, "accumulate.") }
