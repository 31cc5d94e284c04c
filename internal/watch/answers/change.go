package answers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/watch/runs"
)

// mostAdvice bounds what is listed: a file may claim anything.
const mostAdvice = 12

// severities are in the order in which their advice is given.
var severities = []verdict.Severity{verdict.Failure, verdict.Warning, verdict.Hint}

// ofImages are the findings that no option changes.
var ofImages = []verdict.Kind{verdict.ConstantImages, verdict.IdenticalImages, verdict.SimilarImages}

// advice is what the open findings advise, each option once, that of the gravest first. A run that
// learns little though nothing was found is to be longer.
func (f facts) advice(learning Learning) (all []verdict.Advice) {
	for _, severity := range severities {
		for _, o := range f.open {
			if o.Severity != severity {
				continue
			}
			for _, a := range o.Advice {
				known := slices.ContainsFunc(all, func(b verdict.Advice) bool { return b.Option == a.Option })
				if !known && len(all) < mostAdvice {
					all = append(all, a)
				}
			}
		}
	}
	if learning == Little && len(all) == 0 && f.Epochs > 0 && f.over() {
		all = append(all, verdict.Advice{
			Option: "train.epochs", Value: strconv.Itoa(2 * f.Epochs),
			Why: "nothing was found that is wrong; short runs learn little",
		})
	}
	return all
}

// endings are how runs ended that go on.
var endings = map[runs.State]string{runs.Crashed: "cut off", runs.Stopped: "interrupted"}

// changes is what to change, as sentences.
func (f facts) changes(learning Learning, advice []verdict.Advice) string {
	var parts []string
	if len(advice) > 0 {
		var options []string
		for _, a := range advice {
			option := fmt.Sprintf("--set %s=%s", a.Option, a.Value)
			if a.Why != "" {
				option += " (" + a.Why + ")"
			}
			options = append(options, option)
		}
		begin := "In a new run: "
		if learning == No && !f.over() {
			begin = "End this run, and start a new one with "
		}
		parts = append(parts, begin+strings.Join(options, "; or "))
	}
	if f.first(func(o verdict.Finding) bool { return slices.Contains(ofImages, o.Kind) }) != nil {
		parts = append(parts, "The images: `dino check --data "+f.dataOr("DIR")+"` shows which are the trouble")
	}
	if ended := endings[f.State]; ended != "" {
		parts = append(parts, fmt.Sprintf("It was %s after step %d; %d steps are saved, and the same command goes on "+
			"from there", ended, f.Step+1, f.Saved))
	}
	if len(parts) > 0 {
		return strings.Join(parts, ". ") + "."
	}
	switch learning {
	case Yes, Early:
		return "Nothing."
	case Fell:
		return "Nothing was found that says what; use the best checkpoint."
	}
	return "Nothing was found that says what."
}

// dataOr is the folder of images, or another word where it is not known.
func (f facts) dataOr(other string) string {
	if f.data == "" {
		return other
	}
	return f.data
}
