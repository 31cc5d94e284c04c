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
	known       int      // classes of the training; those behind are of the test alone
}

// labelledSets are images with classes before any is read: one set, or two.
type labelledSets struct {
	labelled
	train, test images
}

// openLabelled lists the images and verifies their classes, before any is read. One set is split by
// split, or verified by it.
func (in *input) openLabelled(ctx context.Context, l labelled, split func(string, *embeddings.Table) (sets, error),
) (o labelledSets, err error) {
	o.labelled = l
	if l.Data != "" {
		if o.train, err = in.open(ctx, "data", l.Data); err != nil {
			return o, err
		}
		_, err = split(l.Data, o.train.Table)
		return o, err
	}
	if o.train, err = in.open(ctx, "train", l.Train); err != nil {
		return o, err
	}
	if o.test, err = in.open(ctx, "test", l.Test); err != nil {
		return o, err
	}
	s, err := in.arrange(l, o.train.Table, o.test.Table)
	if err != nil {
		return o, err
	}
	if unknown := s.classes[s.known:]; len(unknown) > 0 {
		in.printer.Note("note: classes of %s that %s does not have, so that they count as wrong: %v", l.Test, l.Train,
			unknown)
	}
	return o, nil
}

// pair loads both sets. The classes of the test are numbered like those of the training.
func (in *input) pair(ctx context.Context, l labelled) (s sets, err error) {
	opened, err := in.openLabelled(ctx, l, in.split)
	if err == nil {
		err = in.ready(opened.train, opened.test)
	}
	if err != nil {
		return s, err
	}
	return in.loadLabelled(ctx, opened)
}

// loadLabelled loads what was opened: two sets, or one that is split.
func (in *input) loadLabelled(ctx context.Context, o labelledSets) (s sets, err error) {
	if o.Data != "" {
		table, err := in.load(ctx, o.train)
		if err != nil {
			return s, err
		}
		return in.split(o.Data, table)
	}
	tables, err := in.loadAll(ctx, o.train, o.test)
	if err != nil {
		return s, err
	}
	return in.arrange(o.labelled, tables[0], tables[1])
}

// arrange numbers the classes of two sets.
func (in *input) arrange(l labelled, train, test *embeddings.Table) (s sets, err error) {
	s.train.Matrix, s.test.Matrix = train.Features, test.Features
	if s.train.Labels, s.classes, err = in.classes(l.Train, train); err != nil {
		return s, err
	}
	s.known = len(s.classes)
	if s.test.Labels, s.classes, err = test.Classes(s.classes); err != nil {
		return s, usage.Errorf("eval %s: %s: %w", in.name, l.Test, err)
	}
	return s, nil
}

// classes numbers the classes of images that a classifier learns from; there must be two.
func (in *input) classes(path string, table *embeddings.Table) (labels []int, classes []string, err error) {
	if labels, classes, err = table.Classes(nil); err != nil {
		return nil, nil, usage.Errorf("eval %s: %s: %w", in.name, path, err)
	}
	if len(classes) == 1 {
		return nil, nil, usage.Errorf("eval %s: %s: all %d images are of one class, %s: a classifier needs images of "+
			"at least two, each in a folder", in.name, path, len(labels), classes[0])
	}
	return labels, classes, nil
}

// heldOut is the share of every class that is scored where there is one set.
const heldOut = 0.2

// split holds out a fifth of every class, chosen by the paths alone.
func (in *input) split(path string, table *embeddings.Table) (sets, error) {
	labels, classes, err := in.classes(path, table)
	if err != nil {
		return sets{}, err
	}
	index := &folder.Index{Classes: classes}
	for i, row := range table.Rows {
		index.Files = append(index.Files, folder.File{Path: row.Path, Label: labels[i]})
	}
	train, test := index.HoldOut(heldOut, len(labels))
	if len(test) == 0 {
		return sets{}, usage.Errorf("eval %s: no class of %s has two images, so none can be held out to score on",
			in.name, path)
	}
	s := sets{
		train: choose(table.Features, labels, train), test: choose(table.Features, labels, test),
		classes: classes, known: len(classes),
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
