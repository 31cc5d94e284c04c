package evaluation

import (
	"context"
	"maps"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// chosen is the best of the linear classifiers that were trained with several settings, and what
// its measure alone says about them.
type chosen struct {
	classifier eval.LinearClassifier
	workers    int             // that score it
	tried      terminal.Text   // all settings for a person, one a line
	setting    string          // that of the classifier, for a person
	fields     progress.Fields // the same for a program
}

// conclude scores the chosen classifier on the test images, breaks its accuracy down, and prints
// the result of the measure.
func (in *input) conclude(ctx context.Context, s sets, c chosen) error {
	accuracy, err := c.classifier.Score(ctx, s.test, c.workers)
	if err != nil {
		return err
	}
	b, err := newBreakdown(s.test.Labels, accuracy.Predictions, s.classes)
	if err != nil {
		return err
	}
	fields := progress.Fields{
		"queries": s.test.Rows, "training": s.train.Rows, "columns": s.train.Cols, "classes": len(s.classes),
		"top1": accuracy.Top1, "top5": accuracy.Top5, "balanced": b.balanced, "per_class": b.classes,
		"confusions": b.mistakes,
	}
	maps.Copy(fields, c.fields)
	in.done(fields, terminal.Sprintf("%s\n%stop-1 %.1f %%, top-5 %.1f %% with %s\n%s",
		s.describe(), c.tried, accuracy.Top1, accuracy.Top5, c.setting, b.text()))
	return nil
}
