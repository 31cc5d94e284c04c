package console

import (
	"fmt"
	"math"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/observe"
)

// field is a line of the summary: what it is about, in a column of its own, and what it says.
func field(name, format string, args ...any) terminal.Text {
	return terminal.Sprintf("%s %s", terminal.Text(fmt.Sprintf("%-9s", name)), terminal.Sprintf(format, args...))
}

// summary is what a run is about to do, in a few lines.
func summary(s observe.Start) terminal.Text {
	text := field("data", "%d images to train on", s.Images)
	if s.HeldOut > 0 {
		text += terminal.Sprintf(", %d of %d classes held out for the k-NN score", s.HeldOut, s.Classes)
	}
	if s.Unscored != "" {
		text += terminal.Sprintf("; no k-NN score: %s", s.Unscored)
	}
	for _, line := range []terminal.Text{
		field("network", "%s: %s parameters; %d prototypes", s.Network, digits.Count(s.Parameters), s.Prototypes),
		field("crops", "%d of %d × %d and %d of %d × %d pixels of every image", s.Global.Number, s.Global.Size,
			s.Global.Size, s.Local.Number, s.Local.Size, s.Local.Size),
		field("steps", "%d of %d images, in %d epochs", s.Steps, s.Batch, s.Epochs),
		field("engine", "%s", s.EngineDetails),
	} {
		text += "\n" + line
	}
	if s.Memory > 0 {
		text += "\n" + field("memory", "about %s", digits.Bytes(s.Memory))
		if s.MemoryThere > 0 {
			text += terminal.Sprintf(" of %s that are free", digits.Bytes(s.MemoryThere))
		}
	}
	if s.Folder != "" {
		text += "\n" + field("run", "%s", s.Folder)
	}
	if s.Baselines != nil {
		text += "\n" + before(*s.Baselines)
	}
	return text
}

// before are the scores before training.
func before(b observe.Baselines) terminal.Text {
	text := terminal.Sprintf("k-NN accuracy before training: raw pixels %s, %s network %s", percent(b.Pixels),
		b.Network,
		percent(b.Untrained))
	if b.Bank > 0 {
		text += terminal.Sprintf(" (%d images classified by %d)", b.Queries, b.Bank)
	}
	return text
}

// percent is an accuracy, which may be unknown.
func percent(x float64) string {
	if math.IsNaN(x) {
		return "unknown"
	}
	return fmt.Sprintf("%.1f %%", x)
}

// learned says what a run has learned; empty where nothing was measured.
func learned(d observe.Done) terminal.Text {
	if r := d.Rank; r != nil {
		text := terminal.Sprintf("the features of %d images differ in about %.1f of %d directions", r.Images, r.After,
			min(r.Images, r.Width))
		if !math.IsNaN(r.Before) {
			text += terminal.Sprintf("; those of the %s network in %.1f", r.Network, r.Before)
		}
		return text + " (RankMe; without labels there is no accuracy)"
	}
	s := d.Scores
	if s == nil || s.KNN == nil {
		return ""
	}
	trained := *s.KNN
	if d.LastTeacher != "" {
		trained = s.Best
	}
	text := terminal.Sprintf("k-NN accuracy: raw pixels %s, %s %s, trained %.1f %%", percent(s.Pixels), s.Network,
		percent(s.Untrained), trained)
	if above := trained - max(finite(s.Pixels), finite(s.Untrained)); above > 0 {
		text += terminal.Sprintf(": %.1f points more than before", above)
	} else {
		text += ": no more than before; see what the warnings say, or train longer"
	}
	switch {
	case d.LastTeacher != "" && s.BestEpoch > 0:
		text += terminal.Sprintf("\nbest: %.1f %% after epoch %d, which is the trained backbone; the last one has "+
			"%.1f %%: %s", s.Best, s.BestEpoch, *s.KNN, d.LastTeacher)
	case s.BestTeacher != "" && s.BestEpoch > 0:
		text += terminal.Sprintf("\nbest: %.1f %% after epoch %d: %s", s.Best, s.BestEpoch, s.BestTeacher)
	}
	return text
}

func finite(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
