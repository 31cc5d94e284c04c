// Package answers says in plain sentences what somebody wants to know of a run: is it learning,
// since when not, what should be changed, and which checkpoint is best. The page, the report and
// `dino runs show` have the same ones.
//
// They are made from what the run folder holds: the verdict, the scores and the state. Nothing is
// judged anew here but whether scores have risen at all, and whether they fell behind their best.
//
// Tests: known answer (folders of healthy, collapsed, stalled and other runs), bad input.
package answers

import (
	"context"

	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/watch/metrics"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Learning says whether a run learns.
type Learning string

// What may be said of it.
const (
	Yes     Learning = "yes"
	Little  Learning = "little"  // its scores are hardly better than before the first step
	Stopped Learning = "stopped" // it did, and goes no further
	Fell    Learning = "fell"    // it did, and became worse
	No      Learning = "no"
	Early   Learning = "early" // too early to say
	Unknown Learning = "unknown"
)

// Answers are those about one run.
type Answers struct {
	Learning  Learning         `json:"learning"`
	Learns    string           `json:"learns"`     // is it learning?
	Since     *int64           `json:"since"`      // the step since which it does not learn, from 0; null where it does
	SinceWhen string           `json:"since_when"` // the same as a sentence
	Change    []verdict.Advice `json:"change"`     // options and values, the most likely first
	Changes   string           `json:"changes"`    // the same as a sentence
	Best      Best             `json:"best"`
	BestIs    string           `json:"best_is"` // which checkpoint is best, as a sentence
}

// facts are what the answers are made from.
type facts struct {
	runs.Summary
	scores metrics.Scores
	open   []verdict.Finding // that are not over
	per    int64             // steps an epoch; 0 where it is not known
	data   string            // the folder of images; empty where it is not known
	files  files
}

// Of answers for a run that was looked at. where is what the paths of its files begin with: the
// path of the folder, or its name where that is to stay unknown. What cannot be read counts as not
// there.
func Of(ctx context.Context, run *runs.Run, where string) Answers {
	f := facts{Summary: run.Summary(), files: lookFor(run.Path)}
	f.scores, _ = run.Scores(ctx)
	found, _ := run.Findings()
	f.open = runs.StillOpen(found)
	if last := f.scores.Last; last != nil {
		f.per = (last.Step + 1) / (last.Epoch + 1)
	} else if done := f.Step + 1; f.files.teacher && f.Epochs > 0 && done%int64(f.Epochs) == 0 {
		f.per = done / int64(f.Epochs)
	}
	f.data = run.DataFolder()
	return f.answers(where)
}

func (f facts) answers(where string) Answers {
	a := Answers{Change: []verdict.Advice{}}
	var since *int64
	a.Learning, a.Learns, since = f.learning()
	a.Since, a.SinceWhen = since, f.sinceWhen(a.Learning, since)
	a.Change = append(a.Change, f.advice(a.Learning)...)
	a.Changes = f.changes(a.Learning, a.Change)
	a.Best, a.BestIs = f.best(where, a.Learning, since)
	return a
}

// over tells whether nobody works on the run any more.
func (f facts) over() bool { return f.State != runs.Running && f.State != runs.Starting }

// first is the open finding of some that began first; nil without one.
func (f facts) first(which func(verdict.Finding) bool) *verdict.Finding {
	var first *verdict.Finding
	for i, o := range f.open {
		if which(o) && (first == nil || o.Since < first.Since) {
			first = &f.open[i]
		}
	}
	return first
}
