package evaluation

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"
)

// labelled are the flags that name images with classes: two sets, or one of which some are held
// out.
type labelled struct {
	Train, Test, Data string
}

func (l *labelled) register(f *pflag.FlagSet, ofData string) {
	f.StringVar(&l.Train, "train", "", "folder of class folders, or file of embeddings: what is learned from")
	f.StringVar(&l.Test, "test", "", "the same for what is scored")
	f.StringVar(&l.Data, "data", "", "in place of both, one of them: "+ofData)
}

func (l labelled) validate(name string) error {
	if (l.Data == "") == (l.Train == "" && l.Test == "") || (l.Train == "") != (l.Test == "") {
		return usage.Errorf("eval %s: give --train and --test, or --data alone", name)
	}
	return nil
}

// sets are features with numbered classes.
type sets struct {
	train, test eval.Features
	classes     []string // names of the numbers
}

// pair loads both sets. The classes of the test are numbered like those of the training.
func (in *input) pair(ctx context.Context, l labelled) (s sets, err error) {
	if l.Data != "" {
		table, err := in.load(ctx, "data", l.Data)
		if err != nil {
			return s, err
		}
		return in.split(table)
	}
	train, err := in.load(ctx, "train", l.Train)
	if err != nil {
		return s, err
	}
	test, err := in.load(ctx, "test", l.Test)
	if err != nil {
		return s, err
	}
	s.train.Matrix, s.test.Matrix = train.Features, test.Features
	if s.train.Labels, s.classes, err = train.Classes(nil); err != nil {
		return s, usage.Errorf("eval %s: %s: %w", in.name, l.Train, err)
	}
	known := len(s.classes)
	if s.test.Labels, s.classes, err = test.Classes(s.classes); err != nil {
		return s, usage.Errorf("eval %s: %s: %w", in.name, l.Test, err)
	}
	if unknown := s.classes[known:]; len(unknown) > 0 {
		in.printer.Note("note: classes of %s that %s does not have, so that they count as wrong: %v", l.Test, l.Train,
			unknown)
	}
	return s, nil
}

// heldOut is the share of every class that is scored where there is one set.
const heldOut = 0.2

// split holds out a fifth of every class, chosen by the paths alone.
func (in *input) split(table *embeddings.Table) (sets, error) {
	labels, classes, err := table.Classes(nil)
	if err != nil {
		return sets{}, usage.Errorf("eval %s: %w", in.name, err)
	}
	index := &folder.Index{Classes: classes}
	for i, row := range table.Rows {
		index.Files = append(index.Files, folder.File{Path: row.Path, Label: labels[i]})
	}
	train, test := index.HoldOut(heldOut, len(labels))
	if len(test) == 0 {
		return sets{}, usage.Errorf("eval %s: no class has two images, so none can be held out to score on", in.name)
	}
	s := sets{
		train: choose(table.Features, labels, train), test: choose(table.Features, labels, test),
		classes: classes,
	}
	return s, nil
}

// choose copies rows.
func choose(m eval.Matrix, labels []int, rows []int) eval.Features {
	f := eval.Features{Matrix: eval.NewMatrix(len(rows), m.Cols)}
	for i, row := range rows {
		copy(f.Row(i), m.Row(row))
		f.Labels = append(f.Labels, labels[row])
	}
	return f
}

// describe is what was scored, for a person.
func (s sets) describe() string {
	return fmt.Sprintf("%d test images, %d training images, %d classes, %d numbers an image", s.test.Rows, s.train.Rows,
		len(s.classes), s.train.Cols)
}
