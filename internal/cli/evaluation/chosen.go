package evaluation

import (
	"context"
	"maps"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// trained are the flags of a measure that trains a linear classifier with each of several settings
// and scores the best of them.
type trained struct {
	common
	labelled
	Val string
}

func (o *trained) register(f *pflag.FlagSet) {
	o.common.register(f)
	o.labelled.register(f, "a fifth of every class is held out")
	f.StringVar(&o.Val, "val", "",
		"folder or file of images to choose the best setting on (default: the test images)")
}

// chosenOn names the images that the best setting is chosen on.
func (o trained) chosenOn() string {
	if o.Val == "" {
		return "test"
	}
	return "val"
}

// chosen is the best of the classifiers, and what its measure alone says about them.
type chosen struct {
	classifier eval.LinearClassifier
	workers    int             // that score it; 0 takes all cores
	tried      terminal.Text   // all settings for a person, one a line
	setting    string          // that of the classifier, for a person
	fields     progress.Fields // the same for a program
}

// training trains a classifier with every setting on the training images and returns that with the
// highest accuracy on the validation images.
type training func(ctx context.Context, in *input, s sets, val eval.Features) (chosen, error)

// score loads the images, trains, scores the chosen classifier on the test images, breaks its
// accuracy down, and prints the result of the measure.
func (o trained) score(ctx context.Context, printer *progress.Printer, name string, train training) error {
	if err := o.labelled.validate(name); err != nil {
		return err
	}
	in, err := newInput(printer, name, o.common, o.Train, o.Test, o.Data, o.Val)
	if err != nil {
		return err
	}
	val, err := in.openValidation(ctx, o.Val)
	if err != nil {
		return err
	}
	s, err := in.pair(ctx, o.labelled)
	if err != nil {
		return err
	}
	chosenOn, err := in.validation(ctx, val, &s)
	if err != nil {
		return err
	}
	c, err := train(ctx, in, s, chosenOn)
	if err != nil {
		return err
	}
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
		"top1": accuracy.Top1, "top5": accuracy.Top5, "chosen_on": o.chosenOn(),
		"balanced": b.balanced, "per_class": b.classes, "confusions": b.mistakes,
	}
	maps.Copy(fields, c.fields)
	in.done(fields, terminal.Sprintf("%s\n%stop-1 %.1f %%, top-5 %.1f %% with %s, chosen on the %s images\n%s",
		s.describe(), c.tried, accuracy.Top1, accuracy.Top5, c.setting, o.chosenOn(), b.text()))
	return nil
}

// openValidation lists the images that a setting is chosen on, if they are others than those of the
// test, and verifies that they have classes.
func (in *input) openValidation(ctx context.Context, path string) (*images, error) {
	if path == "" {
		return nil, nil
	}
	opened, err := in.open(ctx, "val", path)
	if err != nil {
		return nil, err
	}
	if _, _, err := opened.Classes(nil); err != nil {
		return nil, usage.Errorf("eval %s: %s: %w", in.name, path, err)
	}
	return &opened, nil
}

// validation returns the features that a setting is chosen on: those of the test images, unless
// there are others.
func (in *input) validation(ctx context.Context, val *images, s *sets) (eval.Features, error) {
	if val == nil {
		return s.test, nil
	}
	table, err := in.load(ctx, *val)
	if err != nil {
		return eval.Features{}, err
	}
	f := eval.Features{Matrix: table.Features}
	if f.Labels, s.classes, err = table.Classes(s.classes); err != nil {
		return f, usage.Errorf("eval %s: %s: %w", in.name, val.path, err)
	}
	return f, nil
}
