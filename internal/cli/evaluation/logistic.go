package evaluation

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// logisticOptions are the flags of `dino eval logreg`.
type logisticOptions struct {
	trained
	Regression eval.LogisticRegression
}

func newLogistic() *cobra.Command {
	o := logisticOptions{Regression: eval.DefaultLogisticRegression()}
	o.Options = encoder.Default()
	cmd := &cobra.Command{
		Use:   "logreg --weights W --train DIR --test DIR",
		Short: "Fit a logistic regression to frozen features",
		Long: `Fit a logistic regression to frozen features with L-BFGS, for every strength of the L2
term. There is no learning rate and no chance in it: it is what to use for small sets. The
best strength is chosen on the test images, or on those of --val.`,
		Example: `  dino eval logreg --weights run --train photos/train --test photos/val
  dino eval logreg --data photos.parquet --l2 1e-4,1e-2 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.score(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), "logreg", o.train)
		},
	}
	f := cmd.Flags()
	o.trained.register(f)
	f.Float64SliceVar(&o.Regression.L2, "l2", o.Regression.L2, "strengths of the L2 term to try")
	f.IntVar(&o.Regression.Iterations, "iterations", o.Regression.Iterations, "of L-BFGS, at most")
	return cmd
}

// train fits a regression with every strength of the L2 term.
func (o logisticOptions) train(ctx context.Context, in *input, s sets, val eval.Features) (c chosen, err error) {
	in.printer.Stage("fitting %d logistic regressions to %d images", len(o.Regression.L2), s.train.Rows)
	scores, err := o.Regression.Score(ctx, s.train, val)
	if err != nil {
		return c, usage.Wrap(err)
	}
	best := scores[eval.BestRegression(scores)]
	return chosen{
		classifier: best.Classifier,
		workers:    o.Regression.Workers,
		tried:      logisticText(scores),
		setting:    fmt.Sprintf("l2 %g", best.L2),
		fields:     progress.Fields{"l2": best.L2, "scores": scores},
	}, nil
}

// logisticText is the strengths that were tried, for a person.
func logisticText(scores []eval.RegressionScore) terminal.Text {
	var text terminal.Builder
	for _, score := range scores {
		text.Printf("l2 %-8g loss %.4f, top-1 %.1f %%, %d iterations%s\n", score.L2, score.Loss, score.Top1,
			score.Iterations, unless(score.Converged, " (not converged)"))
	}
	return text.Text()
}

// unless is a text that is left out if something holds.
func unless(holds bool, text string) string {
	if holds {
		return ""
	}
	return text
}
