package pretrain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/warmstart"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/weights"
)

// origin is what a run begins from: one of a checkpoint, weights, and the seed alone.
type origin struct {
	step        int                // steps done already
	saved       *weights.File      // the checkpoint of that step; nil for a new run
	at          time.Time          // when that was saved; zero where that is not known
	init        *warmstart.Source  // the weights that a new run starts from; nil without
	before      checkpoint.Updates // that the moments had before the first step of the run
	best        map[string]float64
	checkpoints trainer.Checkpoints
}

// findOrigin decides how the model is initialised, and writes nothing. The order is important:
//
//  1. The newest checkpoint in the folder that verifies, whatever else is asked for: a run that was
//     interrupted goes on, with its weights, moments, center, step and scores. Damaged ones are
//     passed over with a warning. It must be of the same images and options.
//  2. The weights that the option init names: network, head and center where they have them. They
//     start a run, at step 0, and are not opened for one that goes on.
//  3. Initial values drawn from the seed. All variables are drawn so in every case, and then
//     replaced by those of 1 or 2.
//
// A run that is complete has the checkpoint of its last step and a trained backbone beside it. What
// is returned has to be closed, also beside an error.
func findOrigin(in *inputs, layoutName string, told observe.Observer) (*origin, error) {
	from := &origin{best: map[string]float64{}}
	parameters, err := in.config.Parameters(in.data.index.Digest(), len(in.data.train))
	if err != nil {
		return from, err
	}
	from.checkpoints = in.checkpoints()
	from.checkpoints.Digest, from.checkpoints.Parameters = fmt.Sprintf("%x", sha256.Sum256(in.text)), parameters
	if err := from.findCheckpoint(in, told); err != nil {
		return from, err
	}
	if err := in.data.scorable(in.config.KNN.MaxBank); err != nil {
		return from, usage.Wrap(err)
	}
	if in.config.Init == "" || from.saved != nil {
		return from, nil
	}
	init, err := openInit(in.config, layoutName)
	if err != nil {
		return from, usage.Wrap(err)
	}
	from.init = &init
	return from, nil
}

// checkpoints are where and how often the state is saved.
func (in *inputs) checkpoints() trainer.Checkpoints {
	return trainer.Checkpoints{
		Dir: in.dir.Checkpoints(), Every: in.config.Checkpoint.EverySteps, Keep: in.config.Checkpoint.Keep,
		Interval: time.Duration(in.config.Checkpoint.EveryMinutes) * time.Minute,
	}
}

// findCheckpoint looks for the newest good checkpoint, and verifies that this run can go on from
// it.
func (from *origin) findCheckpoint(in *inputs, told observe.Observer) error {
	if in.dir.Path == "" { // there is no folder yet
		return nil
	}
	loaded, warnings, err := checkpoint.Latest(in.dir.Checkpoints())
	for _, w := range warnings {
		if err := told.Warning(observe.Warning{Note: observe.Notef("%s", w)}); err != nil {
			return err
		}
	}
	if errors.Is(err, checkpoint.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	from.saved = loaded.Tensors
	if err := checkpoint.Compatible(loaded.Parameters, from.checkpoints.Parameters); err != nil {
		return usage.Wrap(err)
	}
	from.at = loaded.Saved
	from.step, from.checkpoints = loaded.Step, from.checkpoints.At(loaded.Step)
	if done := loaded.Updates; done != nil {
		from.before = checkpoint.Updates{
			All: done.All - loaded.Step, LastLayer: done.LastLayer - in.plan.Unfrozen(loaded.Step),
		}
	}
	if loaded.Best != nil {
		from.best = loaded.Best
	}
	return nil
}

// goingOn says where a run goes on.
func (from *origin) goingOn(in *inputs, now time.Time) observe.Note {
	n := observe.Notef("going on at step %d of %d (epoch %d)", from.step, in.steps(),
		from.step/in.config.StepsPerEpoch(len(in.data.train))+1)
	if ago := now.Sub(from.at); !from.at.IsZero() && ago >= 0 {
		n.Format, n.Args = n.Format+", saved %s ago", append(n.Args, age(ago))
	}
	return n
}

// age is a length of time in its largest unit, for a person: "40 s", "3 min", "5 h", "2 days".
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// close closes the files.
func (from *origin) close() {
	if from == nil {
		return
	}
	var files []io.Closer
	if from.saved != nil {
		files = append(files, from.saved)
	}
	if from.init != nil {
		files = append(files, from.init)
	}
	for _, file := range files {
		file.Close()
	}
}
