package evaluation

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// knnOptions are the flags of `dino eval knn`.
type knnOptions struct {
	common
	labelled
	K           []int
	Temperature float64
}

func newKNN() *cobra.Command {
	o := knnOptions{
		common: common{Options: encoder.Default()}, K: []int{10, 20, 100, 200},
		Temperature: eval.DefaultKNN().Temperature,
	}
	cmd := &cobra.Command{
		Use:   "knn --weights W --train DIR --test DIR",
		Short: "Classify images by their nearest neighbours",
		Long: `Classify images by their nearest neighbours, as the official evaluation of DINO does:
of the k training images with the largest cosine similarity s, each votes for its class
with exp(s/temperature). With --data every image is classified by all the others.

Top-1 and top-5 accuracy for every k; for the best k, that of every class and the
classes that are mistaken for one another.`,
		Example: `  dino eval knn --weights run --train photos/train --test photos/val
  dino eval knn --weights run --data photos
  dino eval knn --train train.parquet --test val.parquet --k 20 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runKNN(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.common.register(f)
	o.labelled.register(f, "each image is classified by all the others")
	f.IntSliceVar(&o.K, "k", o.K, "numbers of neighbours")
	f.Float64Var(&o.Temperature, "temperature", o.Temperature, "of the votes")
	return cmd
}

func runKNN(ctx context.Context, printer *progress.Printer, o knnOptions) error {
	if err := o.labelled.validate("knn"); err != nil {
		return err
	}
	in, err := newInput(printer, "knn", o.common, o.Train, o.Test, o.Data)
	if err != nil {
		return err
	}
	classifier := eval.KNN{K: o.K, Temperature: o.Temperature}
	s, scores, err := in.knn(ctx, o.labelled, classifier)
	if err != nil {
		return err
	}
	best := 0
	var results []progress.Fields
	var text terminal.Builder
	text.Printf("%s\n", s.describe())
	for i, score := range scores {
		results = append(results, progress.Fields{
			"k": score.K, "neighbours": score.Neighbours, "top1": score.Top1(), "top5": score.Top5(),
			"correct_top1": score.Correct1, "correct_top5": score.Correct5,
		})
		text.Printf("k %3d: top-1 %.1f %%, top-5 %.1f %%%s\n", score.K, score.Top1(), score.Top5(), lowered(score))
		if score.Correct1 > scores[best].Correct1 {
			best = i
		}
	}
	b, err := newBreakdown(s.test.Labels, scores[best].Predictions, s.classes)
	if err != nil {
		return err
	}
	text.Printf("with k %d: %s", scores[best].K, b.text())
	in.done(progress.Fields{
		"queries": s.test.Rows, "training": s.train.Rows, "columns": s.train.Cols, "classes": len(s.classes),
		"leave_one_out": o.Data != "",
		"scores":        results, "best_k": scores[best].K, "balanced": b.balanced, "per_class": b.classes,
		"confusions": b.mistakes,
	}, text.Text())
	return nil
}

// lowered says where fewer neighbours voted than were asked for.
func lowered(s eval.KNNScore) string {
	if s.Neighbours == s.K {
		return ""
	}
	return fmt.Sprintf(" (there are %d neighbours)", s.Neighbours)
}

// knn classifies the test set by the training set, or a set by itself.
func (in *input) knn(ctx context.Context, l labelled, classifier eval.KNN) (s sets, scores []eval.KNNScore, err error) {
	if l.Data == "" {
		if s, err = in.pair(ctx, l); err != nil {
			return s, nil, err
		}
		in.printer.Stage("comparing %d images with %d", s.test.Rows, s.train.Rows)
		scores, err = classifier.Score(ctx, s.train, s.test)
		return s, scores, usage.Wrap(err)
	}
	opened, err := in.openLabelled(ctx, l, in.whole)
	if err == nil {
		err = in.ready(opened.train)
	}
	if err != nil {
		return s, nil, err
	}
	table, err := in.load(ctx, opened.train)
	if err != nil {
		return s, nil, err
	}
	if s, err = in.whole(l.Data, table); err != nil {
		return s, nil, err
	}
	in.printer.Stage("comparing %d images with one another", s.train.Rows)
	scores, err = classifier.LeaveOneOut(ctx, s.train)
	return s, scores, usage.Wrap(err)
}

// whole is one set, which is compared with itself.
func (in *input) whole(path string, table *embeddings.Table) (s sets, err error) {
	s.train.Matrix = table.Features
	s.train.Labels, s.classes, err = in.classes(path, table)
	s.test, s.known = s.train, len(s.classes)
	return s, err
}
