package pretrain

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/run/warmstart"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// state is what a run changes, as it is before its first step.
type state struct {
	store       *model.Store // with all variables
	step        int          // steps done already
	best        map[string]float64
	checkpoints trainer.Checkpoints
	before      checkpoint.Updates // that the moments had before the first step
	scoring     *scoring           // nil where there is nothing to score
	mapping     *mapping
	teacher     *features.Teacher // for batches of the size of the probe
	probe       func(context.Context) (measure.Values, error)
	look        func() (verdict.Probe, error)
	seen        *survey.Survey // what look has seen; nil before
}

// begin initialises the variables and replaces them by those of the origin, whose files it closes.
func (in *inputs) begin(ctx context.Context, from *origin, told observe.Observer) (*state, error) {
	if from.saved == nil { // what an attempt without a saved state left
		if err := errors.Join(in.dir.ForgetBadImages(), in.dir.ForgetBest()); err != nil {
			return nil, err
		}
	}
	store, err := in.initialised()
	if err != nil {
		return nil, err
	}
	st := &state{store: store, step: from.step, best: from.best, checkpoints: from.checkpoints, before: from.before}
	if from.saved != nil {
		if err := in.restore(store, from); err != nil {
			return nil, err
		}
	}
	if from.init != nil {
		if err := in.startFrom(store, from, told); err != nil {
			return nil, err
		}
		st.before = from.before
	}
	if from.saved != nil || from.init != nil {
		if err := variables.CheckFinite(store, "/"); err != nil {
			return nil, usage.Wrap(err)
		}
	}
	if err := in.prepareProbe(ctx, st); err != nil {
		return nil, err
	}
	if st.scoring, err = in.newScoring(store, told); err != nil {
		return nil, err
	}
	if st.mapping, err = in.newMapping(st, told); err != nil {
		return nil, err
	}
	if st.scoring != nil {
		st.scoring.mapping = st.mapping
	}
	return st, nil
}

// restore sets the variables from the checkpoint.
func (in *inputs) restore(store *model.Store, from *origin) error {
	defer from.saved.Close() // not at the end of the run: its place on disk is to be free once it is pruned
	if err := trainer.Restore(store, in.model, in.config.Train.Optimizer, from.saved); err != nil {
		return err
	}
	return checkpoint.Prune(in.dir.Checkpoints(), from.step, in.config.Checkpoint.Keep)
}

// continued says what the preset auto chose for a run that goes on from weights, and why.
func (in *inputs) continued() []string {
	if in.weights == nil {
		return nil
	}
	var lines []string
	for _, r := range config.ContinuedReasons(in.config, *in.weights, in.data.found) {
		lines = append(lines, fmt.Sprintf("%s %v: %s", r.Option, r.Value, r.Why))
	}
	return lines
}

// startFrom replaces the initial values of a new run by weights, and says what came along.
func (in *inputs) startFrom(store *model.Store, from *origin, told observe.Observer) error {
	defer from.init.Close() // the values are copied
	loaded, err := warmstart.Load(store, in.model, in.config.Train.Optimizer, *from.init)
	if err != nil {
		return usage.Wrap(err)
	}
	from.before = loaded.Before
	lines := append(loaded.Lines, in.continued()...)
	notes := []observe.Note{observe.Notef("starting from %s (%s)\n  %s", from.init.Path, from.init.Layout,
		terminal.Lines(lines, "\n  "))}
	for _, note := range from.init.Notes {
		notes = append(notes, observe.Notef("note: %s", note))
	}
	for _, note := range notes {
		if err := told.Note(note); err != nil {
			return err
		}
	}
	return nil
}
