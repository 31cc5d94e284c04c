// Package verdict says whether a run learns, without labels and while it trains: it takes in what
// every step measured and what is known of the run, and finds the ways in which self-distillation
// fails, what shows them, and which option to change.
//
// It is made of rules over numbers and knows no tensors. A rule looks at means over a window of
// steps and at how they developed; it finds something when its signs have lasted, says so once, and
// says so once more when the signs have been gone for as long. Windows are relative to an epoch.
//
// What a rule finds is a function of the facts and of the measurements so far: a run that goes on
// shows its judge the logged steps again and has the state that it would have had.
//
// Tests: property (synthetic series), trajectory (recorded series of failing and healthy runs),
// docs/verdict.md (whole runs).
package verdict

import (
	"math"
	"slices"

	"github.com/dino-go/dino/measure"
)

// Judge finds out how a run is doing.
type Judge struct {
	facts    Facts
	history  history
	step     int // the newest
	progress progress
	watches  []*watch
}

// New returns the judge of a run.
func New(f Facts) *Judge {
	j := &Judge{facts: f, history: newHistory(f.window()), step: -1}
	for _, r := range rules() {
		j.watches = append(j.watches, &watch{rule: r})
	}
	return j
}

// Begin returns what follows from the facts alone, before the first step.
func (j *Judge) Begin() []Finding {
	var found []Finding
	for _, w := range j.watches {
		if w.rule.before != nil && w.rule.before(j.facts) {
			w.standing, w.kind = true, w.rule.kind
			found = append(found, j.finding(w, 0))
		}
	}
	return found
}

// Look returns what follows from how the images look, once the run has started.
func (j *Judge) Look(p Probe) []Finding {
	j.facts.Probe = p
	var found []Finding
	for _, w := range j.watches {
		if w.rule.looks != nil && w.rule.looks(p) {
			w.standing, w.kind = true, w.rule.kind
			found = append(found, j.finding(w, 0))
		}
	}
	return found
}

// Step takes in the measurements of a step, counted from 0, and returns what begins and what ends
// with it.
func (j *Judge) Step(step int, values measure.Values) []Finding {
	j.step = step
	j.history.add(values)
	if x, is := values[targetGain]; is {
		j.gain(x)
	}
	if per := j.facts.StepsPerEpoch; per > 0 && (step+1)%per == 0 {
		j.endEpoch()
	}
	var changes []Finding
	for _, w := range j.watches {
		if w.rule.signs == nil {
			continue
		}
		patience := j.facts.patience()
		if w.rule.patience != nil {
			patience = w.rule.patience(j.facts)
		}
		kind := w.rule.kind
		if w.rule.kindNow != nil {
			kind = w.rule.kindNow(j)
		}
		ended := w.kind
		for _, change := range w.observe(step, kind, w.rule.signs(j), patience) {
			if change == Begins {
				changes = append(changes, j.finding(w, w.since))
				continue
			}
			changes = append(changes, w.over(step, ended))
		}
	}
	return changes
}

// Standing lists what has begun and not ended.
func (j *Judge) Standing() []Finding {
	var standing []Finding
	for _, w := range j.watches {
		if w.standing {
			standing = append(standing, j.finding(w, w.began))
		}
	}
	return standing
}

func (j *Judge) finding(w *watch, since int) Finding {
	f := w.rule.tell(j)
	f.Kind, f.Change, f.Severity = w.kind, Begins, w.rule.severity
	f.Step, f.Since = max(j.step, 0), since
	f.Evidence, f.Advice = append([]Number{}, f.Evidence...), append([]Advice{}, f.Advice...)
	f.Evidence = slices.DeleteFunc(f.Evidence,
		func(n Number) bool { return math.IsNaN(n.Value) || math.IsInf(n.Value, 0) })
	f.Advice = slices.DeleteFunc(f.Advice, j.facts.has)
	return f
}

// over is the end of what stood.
func (w *watch) over(step int, kind Kind) Finding {
	return Finding{
		Kind: kind, Change: Ends, Severity: w.rule.severity, Confidence: Certain, Step: step, Since: w.ended,
		What: kind.Words() + " is over", Evidence: []Number{}, Advice: []Advice{},
	}
}

// rule is one way in which a run goes wrong.
type rule struct {
	kind     Kind
	severity Severity

	looks    func(Probe) bool  // tells it from the images; nil for a rule that needs none
	before   func(Facts) bool  // tells it from the facts, before the first step; nil for a rule that needs steps
	signs    func(*Judge) bool // tells whether a step shows it; nil for a rule that needs none
	kindNow  func(*Judge) Kind // which of several kinds a step shows; nil for a rule of one kind
	patience func(Facts) int   // steps in a row that must show it; nil takes [Facts.patience]
	tell     func(*Judge) Finding
}

// watch follows the signs of a rule.
type watch struct {
	rule     rule
	standing bool
	kind     Kind // of what stands
	began    int  // the first step of the signs, of what stands
	ended    int  // the same of what stood last
	since    int  // the first of the consecutive steps with signs
	with     int  // consecutive steps with signs
	without  int  // consecutive steps without
	other    int  // consecutive steps with the signs of another kind than stands
}

// observe counts a step, and tells what begins and ends with it: what stands ends when its signs
// have been gone for two patiences, or when they have been those of another kind for as long.
func (w *watch) observe(step int, kind Kind, signs bool, patience int) []Change {
	if !signs {
		w.with, w.other = 0, 0
		w.without++
		if w.standing && w.without == 2*patience {
			w.standing, w.ended = false, w.began
			return []Change{Ends}
		}
		return nil
	}
	if w.with == 0 {
		w.since = step
	}
	w.with++
	w.without = 0
	if !w.standing && w.with >= patience {
		w.standing, w.kind, w.began, w.other = true, kind, w.since, 0
		return []Change{Begins}
	}
	if !w.standing || kind == w.kind {
		w.other = 0
		return nil
	}
	if w.other++; w.other < 2*patience {
		return nil
	}
	w.kind, w.ended, w.other = kind, w.began, 0
	w.since = step - 2*patience + 1
	w.began = w.since
	return []Change{Ends, Begins}
}

// rules lists all rules, in the order in which their findings are told.
func rules() []rule {
	var all []rule
	for _, of := range [][]rule{
		settingRules(), lengthRules(), imageRules(), collapseRules(), teacherRules(), rateRules(),
		progressRules(), plateauRules(),
	} {
		all = append(all, of...)
	}
	return all
}
