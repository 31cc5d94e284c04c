// Package pretrain is a pretraining run: from options to a trained backbone in a run folder. The
// command line and [github.com/dino-go/dino.Pretrain] are two doors to it. It prints nothing: what
// it has to say, it tells observers.
package pretrain

import (
	"context"
	"errors"
	"time"

	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

// Options say what to run. Errors in them are [*usage.Error].
type Options struct {
	Dir       string         // the run folder; made if needed
	Config    config.Sources // of the configuration; Base and Weights are found
	Layout    string         // of the weights that a new run starts from, where it is not recognised
	Observers observe.All    // are told what happens, behind the logs of the run folder

	StopOnCollapse bool // ends the run with [verdict.ErrFailed] when it learns nothing any more

	clock func() time.Time // by which the run is measured; nil for the time of day
}

// What is missing in the options. A door that has its own names for them says so in its own words.
var (
	ErrNoData = errors.New("pretrain: no folder of images is named: set data.dir")
	ErrNoInit = errors.New("pretrain: a layout is named, but no weights that are laid out so: set init")
)

// Run trains until the run in the folder is complete, from where it stands, and returns what it
// told the observers at the end. The order is important:
//
//  1. The folder is opened and locked: nobody else reads or writes the run from here on.
//  2. Inputs: the configuration, which a run that goes on brings along; images, engine and model.
//     Nothing is written, so that a wrong option leaves nothing behind.
//  3. Origin: the state that the run begins from, see [findOrigin]. A run that is complete ends
//     here.
//  4. Memory is planned for, before the weights are there: what does not fit is refused, and so are
//     checkpoints that do not fit on the disk.
//  5. State: the weights of the origin.
//  6. Logs and pictures: cut off behind the origin's step, then opened. The configuration is
//     written last, when all that could refuse the run has not.
//  7. The loop, which measures the baselines of a new run behind its first steps, and behind it the
//     trained backbone.
func Run(ctx context.Context, o Options) (observe.Done, error) {
	dir, err := rundir.Open(o.Dir)
	if err != nil {
		return observe.Done{}, usage.Wrap(err)
	}
	defer dir.Close()
	in, from, err := prepare(ctx, o, dir)
	defer in.close()
	defer from.close()
	if err != nil {
		return observe.Done{}, err
	}
	if in.complete(from.step) {
		return in.finished(o.Observers, observe.Done{Already: true, Steps: from.step}, nil, from.best)
	}
	if from.saved != nil {
		if err := o.Observers.Note(from.goingOn(in, time.Now())); err != nil {
			return observe.Done{}, err
		}
	}
	if err := in.checkRoom(from); err != nil {
		return observe.Done{}, err
	}
	if err := ctx.Err(); err != nil {
		return observe.Done{}, err
	}
	st, err := in.begin(ctx, from, o.Observers)
	if err != nil {
		return observe.Done{}, err
	}
	defer st.store.Finalize()
	defer st.teacher.Close()
	v, err := in.verdict(st, o.StopOnCollapse)
	if err != nil {
		return observe.Done{}, err
	}
	logs, err := openLogs(dir, in.measurements(), st.step, v, o.Observers)
	if err != nil {
		return observe.Done{}, err
	}
	defer logs.Close()
	logs.All = append(logs.All, observe.Named{Name: "map", Observer: st.mapping})
	drawn, err := in.openPictures(st, logs)
	if err != nil {
		return observe.Done{}, err
	}
	defer drawn.close()
	if err := dir.WriteConfig(in.text); err != nil {
		return observe.Done{}, err
	}
	if err := logs.Started(in.start(st.step, st.best)); err != nil {
		return observe.Done{}, err
	}
	if st.step == 0 {
		if err := st.warn(in.config.Augment.GlobalCrops.Size, logs); err != nil {
			return observe.Done{}, err
		}
	}
	result, err := trainer.Run(ctx, in.parts(st, drawn, logs), st.step, st.best)
	if err != nil {
		return observe.Done{}, err
	}
	if err := in.writeTrained(st.store, result); err != nil {
		return observe.Done{}, err
	}
	done := observe.Done{Steps: result.Steps}
	if st.scoring == nil {
		if done.Rank, err = in.rank(ctx, st, logs); err != nil {
			return observe.Done{}, err
		}
	}
	return in.finished(logs, done, result.KNN, result.Best)
}

// checkRoom refuses a run that does not fit into memory or on the disk.
func (in *inputs) checkRoom(from *origin) error {
	if err := in.checkMemory(); err != nil {
		return err
	}
	return in.checkDisk(from.saved != nil)
}

// Check does all of [Run] up to its first steps and writes nothing: what it accepts, starts. An
// empty folder stands for a new run. It returns the resolved configuration as YAML. The observers
// hear Started; with measure it then computes the first steps, in memory, and they hear Estimated.
func Check(ctx context.Context, o Options, measure bool) (configuration string, err error) {
	if o.Dir != "" {
		if err := errors.Join(rundir.Check(o.Dir), destination.Folder(o.Dir)); err != nil {
			return "", usage.Wrap(err)
		}
	}
	in, from, err := prepare(ctx, o, &rundir.Dir{Path: o.Dir})
	defer in.close()
	defer from.close()
	if err != nil {
		return "", err
	}
	if err := in.rehearse(ctx, from, measure, o.Observers); ctx.Err() != nil {
		return "", ctx.Err()
	} else if err != nil {
		return "", usage.Wrap(err)
	}
	return string(in.text), nil
}

// prepare finds inputs and origin, and writes nothing. Both have to be closed, also beside an
// error.
func prepare(ctx context.Context, o Options, dir *rundir.Dir) (*inputs, *origin, error) {
	in, err := newInputs(ctx, &o.Config, o.Layout, dir, o.Observers)
	if in.clock = o.clock; in.data != nil {
		in.data.decoding.clock = o.clock
	}
	if err != nil {
		return in, nil, err
	}
	from, err := findOrigin(in, o.Layout, o.Observers)
	return in, from, explained(o.Config, err)
}

// explained adds to an error in the options where they were set.
func explained(from config.Sources, err error) error {
	var wrong *usage.Error
	if errors.As(err, &wrong) {
		return usage.Wrap(from.Explain(wrong.Err))
	}
	return err
}
