// Package console shows a run to a person, on a terminal or as plain lines, or to a program, as
// JSON lines (docs/formats.md).
package console

import (
	"slices"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/observe"
)

// Text is an observer for people: it prints lines, and the status of the run between them, which a
// terminal redraws. Values are escaped so that none steers a terminal.
type Text struct {
	observe.Nothing
	printer *progress.Printer
	line    statusLine
}

// Note prints the sentence.
func (t *Text) Note(n observe.Note) error {
	t.printer.Event("", nil, n.Format, n.Args...)
	return nil
}

// Warning prints the sentence, and the settings that would help as a piece of a command line.
func (t *Text) Warning(w observe.Warning) error {
	word, args := "warning: ", w.Args
	if w.Name != "" {
		if w.Calm {
			word = ""
		}
		if w.Step > 0 { // what is found before any step follows from the options and the images
			word, args = word+"step %d: ", append([]any{w.Step}, args...)
		}
	}
	t.printer.Event("", nil, word+w.Format+"%s",
		append(slices.Clip(args), observe.Advise(w.Settings, "--set ", " --set "))...)
	return nil
}

// Started prints what is about to be done.
func (t *Text) Started(s observe.Start) error {
	t.line = newStatusLine(s)
	t.printer.Event("", nil, "%s", summary(s))
	return nil
}

// Estimated prints how long the run takes.
func (t *Text) Estimated(e observe.Estimate) error {
	line := field("time", "about %s, at %s images a second", progress.Duration(e.Left),
		digits.Significant(e.ImagesPerSecond))
	if e.Before > 0 {
		line = field("time", "about %s from here on, at %s images a second; it was %s", progress.Duration(e.Left),
			digits.Significant(e.ImagesPerSecond), digits.Significant(e.Before))
	}
	t.printer.Event("", nil, "%s", line)
	return nil
}

// Progressed shows how far something is, unless that was shown a moment ago.
func (t *Text) Progressed(p observe.Progress) error {
	t.printer.Count(progress.Count{Done: p.Done, Total: p.Total, What: p.What})
	return nil
}

// Measured prints the scores that those of the teacher are read beside.
func (t *Text) Measured(b observe.Baselines) error {
	t.printer.Event("", nil, "%s", before(b))
	return nil
}

// Score prints the teacher's score beside the baselines.
func (t *Text) Score(s observe.Score) error {
	t.printer.Event("", nil, "epoch %d: k-NN %.1f %% (%s %s, raw pixels %s, best %.1f %%)", s.Epoch, s.KNN,
		s.Network, percent(s.Untrained), percent(s.Pixels), s.Best)
	return nil
}

// Step shows where the run stands, unless that was shown a moment ago.
func (t *Text) Step(s observe.Step) error {
	t.printer.Step(t.line.status(s))
	return nil
}

// Done ends the status, and prints what came out.
func (t *Text) Done(d observe.Done) error {
	t.printer.Close()
	how := "done"
	if d.Already {
		how = "the run is complete already"
	}
	line := terminal.Sprintf("%s after %d steps: %s", how, d.Steps, d.Teacher)
	if d.BadImages > 0 {
		line = terminal.Sprintf("images that cannot be decoded and were skipped: %d, listed in %s\n%s", d.BadImages,
			d.BadImagesList, line)
	}
	if text := learned(d); text != "" {
		line = text + "\n" + line
	}
	if d.Folder != "" {
		line += "\n" + next(d)
	}
	t.printer.Event("", nil, "%s", line)
	return nil
}
