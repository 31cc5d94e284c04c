// Package console shows a run to a person, on a terminal or as plain lines, or to a program, as
// JSON lines (docs/formats.md).
package console

import (
	"math"
	"strings"

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

// Warning prints the sentence.
func (t *Text) Warning(w observe.Warning) error {
	if w.Name == "" {
		t.printer.Event("", nil, "warning: "+w.Format, w.Args...)
		return nil
	}
	word := "warning: "
	if w.Calm {
		word = ""
	}
	t.printer.Event("", nil, word+"step %d: "+w.Format, append([]any{w.Step}, w.Args...)...)
	return nil
}

// Started prints the configuration, and what it means for these images.
func (t *Text) Started(s observe.Start) error {
	t.line = newStatusLine(s)
	t.printer.Event("", nil, "%s\n%s", terminal.Text(strings.TrimSpace(s.Config)), describe(s))
	return nil
}

func describe(s observe.Start) terminal.Text {
	text := terminal.Sprintf("%d images to train on, %d steps of %d in %d epochs, on %s\nloss %.3f would be a "+
		"uniform teacher (ln %d)",
		s.Images, s.Steps, s.Batch, s.Epochs, s.EngineDetails, math.Log(float64(s.Prototypes)), s.Prototypes)
	if s.Baselines == nil {
		return text + terminal.Sprintf("\nno k-NN score: %s", s.Unscored)
	}
	return text + terminal.Sprintf("\n%d images of %d classes held out; k-NN accuracy before training: raw pixels "+
		"%.1f %%, %s network %.1f %%",
		s.HeldOut, s.Classes, s.Baselines.Pixels, s.Baselines.Network, s.Baselines.Untrained)
}

// Score prints the teacher's score beside the baselines.
func (t *Text) Score(s observe.Score) error {
	t.printer.Event("", nil, "epoch %d: k-NN %.1f %% (%s %.1f %%, raw pixels %.1f %%, best %.1f %%)", s.Epoch, s.KNN,
		s.Network, s.Untrained, s.Pixels, s.Best)
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
	if s := d.Scores; s != nil && s.KNN != nil {
		line = terminal.Sprintf("k-NN accuracy: raw pixels %.1f %%, %s %.1f %%, trained %.1f %%\n%s", s.Pixels,
			s.Network, s.Untrained, *s.KNN, line)
	}
	t.printer.Event("", nil, "%s", line)
	return nil
}
