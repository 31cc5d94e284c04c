package verdict

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// Name is that of the warnings of an [Observer].
const Name = "verdict"

// ErrFailed is behind the error with which a failure ends a run that is to stop then.
var ErrFailed = errors.New("the run learns nothing any more")

// Observer judges a run: it writes what begins and what ends into a log, and warns others.
type Observer struct {
	observe.Nothing
	Judge *Judge
	Log   *Log
	To    observe.Observer
	// Look says what the probe images look like; nil where there are none. It is called when the
	// run has started.
	Look func() (Probe, error)
	// Stop ends the run at the first finding that is a failure.
	Stop bool
	// Past are the measurements of the steps that were done before, for a run that goes on.
	Past []Past

	unscored bool // there is no k-NN score to tell by
}

// Past is a step that was done before.
type Past struct {
	Step   int
	Values measure.Values
}

// Started tells what follows from the options and from the images. What the log has already is not
// told again.
func (o *Observer) Started(s observe.Start) error {
	o.unscored = s.Unscored != ""
	found := o.Judge.Begin()
	if o.Look != nil {
		p, err := o.Look()
		if err != nil {
			return err
		}
		found = append(found, o.Judge.Look(p)...)
	}
	for _, p := range o.Past {
		o.Judge.Step(p.Step, p.Values)
	}
	if len(o.Past) > 0 {
		return nil
	}
	return o.tell(found)
}

// Step judges a step. At the end of an epoch of a run without a k-NN score it says what was
// learned.
func (o *Observer) Step(s observe.Step) error {
	if err := o.tell(o.Judge.Step(s.Number, s.Values)); err != nil {
		return err
	}
	per := o.Judge.facts.StepsPerEpoch
	score := o.Judge.Score()
	if !o.unscored || per == 0 || (s.Number+1)%per != 0 || math.IsNaN(score) {
		return nil
	}
	return o.To.Note(observe.Notef("epoch %d: score without labels %.3f", s.Epoch+1, score))
}

// Done says what was learned, where there are no labels to tell by.
func (o *Observer) Done(d observe.Done) error {
	score := o.Judge.Score()
	if d.Already || !o.unscored || math.IsNaN(score) {
		return nil
	}
	return o.To.Note(observe.Notef("score without labels: %.3f nats of target gain; docs/verdict.md says how far to "+
		"trust it", score))
}

// Sync makes the log durable.
func (o *Observer) Sync() error { return o.Log.Sync() }

func (o *Observer) tell(findings []Finding) error {
	var failure *Finding
	for i, f := range findings {
		if err := o.Log.Write(f); err != nil {
			return err
		}
		w, err := f.Warning()
		if err != nil {
			return err
		}
		if err := o.To.Warning(w); err != nil {
			return err
		}
		if failure == nil && f.Change == Begins && f.Severity == Failure {
			failure = &findings[i]
		}
	}
	if o.Stop && failure != nil {
		return fmt.Errorf("%w: step %d: %s; the run was to stop then", ErrFailed, failure.Step, failure)
	}
	return nil
}

// Warning is the finding for observers.
func (f Finding) Warning() (observe.Warning, error) {
	w := observe.Warning{
		Note: observe.Notef("%s", f.sentence()), Name: Name, Kind: string(f.Kind), Step: f.Step,
		Calm: f.Change == Ends || f.Severity == Hint, Settings: f.settings(),
	}
	text, err := json.Marshal(f)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(text, &w.Fields)
}
