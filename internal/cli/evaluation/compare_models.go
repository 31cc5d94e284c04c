package evaluation

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/weights/layout"
)

// compareOptions are the flags of `dino compare-models`.
type compareOptions struct {
	common
	labelled
	Models []string // weights
	K      int
	Seed   uint64
}

// NewCompareModels returns the verb `dino compare-models`.
func NewCompareModels() *cobra.Command {
	o := compareOptions{common: common{Options: encoder.Default()}, K: 20}
	cmd := &cobra.Command{
		Use:   "compare-models WEIGHTS… --data DIR",
		Short: "Score several networks on your images, beside an untrained one",
		Long: `Score several networks on your images, beside an untrained one of the shape of the last:
so that you learn whether pretraining on your data paid off, and whether downloaded weights
would have done as well. All see the same images through the same two probes, nearest
neighbours and logistic regression, whose strength is chosen on the test images; RankMe
needs no labels.

The last weights are what is judged: give your own run last.`,
		Example: `  dino compare-models dino_deitsmall16_pretrain.pth run --data photos
  dino compare-models run --train photos/train --test photos/val --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("compare-models: name the weights to compare, your own run last; see `%s --help`",
					cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Models = args
			return runCompare(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.common.register(f)
	_ = f.MarkHidden("weights") // they are the arguments
	o.labelled.register(f, "a fifth of every class is held out")
	f.IntVar(&o.K, "k", o.K, "number of neighbours")
	f.Uint64Var(&o.Seed, "seed", 0, "of the untrained network")
	return cmd
}

// modelScore is a row of the table.
type modelScore struct {
	Model       string  `json:"model"`
	Parameters  int     `json:"parameters"`
	Columns     int     `json:"columns"`
	KNN         float64 `json:"knn"`          // top-1 in percent
	KNNError    float64 `json:"knn_error"`    // its standard error
	LogReg      float64 `json:"logreg"`       // top-1 in percent, of the best strength
	LogRegError float64 `json:"logreg_error"` // its standard error
	RankMe      float64 `json:"rankme"`
	MostRankMe  int     `json:"most"` // the largest value possible
	// Converged is false where the logistic regression of the best strength ran out of iterations.
	Converged bool `json:"logreg_converged"`

	test int // images
}

func (o compareOptions) validate() error {
	if o.Weights != "" {
		return usage.Errorf("compare-models: --weights is %s: name the weights as arguments", o.Weights)
	}
	if err := o.labelled.validate("compare-models"); err != nil {
		return err
	}
	for _, path := range []string{o.Train, o.Test, o.Data} {
		if embeddings.IsFile(path) {
			return usage.Errorf("compare-models: %s is a file of embeddings: every network needs the images themselves",
				path)
		}
	}
	return o.Options.Validate()
}

func runCompare(ctx context.Context, printer *progress.Printer, o compareOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	in, err := newInput(printer, "compare-models", o.common, o.Train, o.Test, o.Data)
	if err != nil {
		return err
	}
	opened, err := in.checkModels(ctx, o)
	if err != nil {
		return err
	}
	scores := []modelScore{{}}
	var last *inference.Network
	for _, path := range o.Models {
		network, err := inference.Open(path, o.Network())
		if err != nil {
			return usage.Wrap(err)
		}
		score, err := in.compare(ctx, o, opened, path, network)
		if err != nil {
			return err
		}
		scores, last = append(scores, score), network
	}
	untrained, err := inference.Random(last.Config, last.Preprocessing, o.Seed, o.Backend)
	if err != nil {
		return err
	}
	if scores[0], err = in.compare(ctx, o, opened, fmt.Sprintf("untrained (seed %d)", o.Seed), untrained); err != nil {
		return err
	}
	in.done(progress.Fields{"models": scores, "queries": scores[0].test}, compareText(scores))
	return nil
}

// checkModels verifies, before an image is read, that all weights are some, and lists the images,
// which must have classes.
func (in *input) checkModels(ctx context.Context, o compareOptions) (labelledSets, error) {
	for _, path := range o.Models {
		if _, err := layout.Describe(path, o.Network().Options); err != nil {
			return labelledSets{}, usage.Wrap(err)
		}
	}
	return in.openLabelled(ctx, o.labelled, in.split)
}

// compare scores one network.
func (in *input) compare(ctx context.Context, o compareOptions, opened labelledSets, name string,
	network *inference.Network,
) (modelScore, error) {
	score := modelScore{Model: name}
	for _, note := range network.Notes {
		in.printer.Note("note: %s: %s", name, note)
	}
	enc, err := o.Encoder(network)
	if err != nil {
		return score, err
	}
	in.enc, in.bad = &enc, 0
	in.printer.Stage("model %s", name)
	s, err := in.loadLabelled(ctx, opened)
	if err != nil {
		return score, err
	}
	score.Parameters, score.Columns, score.test = network.Parameters(), s.train.Cols, s.test.Rows
	neighbours, err := eval.KNN{K: []int{o.K}, Temperature: eval.DefaultKNN().Temperature}.Score(ctx, s.train, s.test)
	if err != nil {
		return score, usage.Wrap(err)
	}
	regressions, err := eval.DefaultLogisticRegression().Score(ctx, s.train, s.test)
	if err != nil {
		return score, usage.Wrap(err)
	}
	rank, err := eval.DefaultRankMe().Score(ctx, s.train.Matrix)
	if err != nil {
		return score, usage.Wrap(err)
	}
	best := regressions[eval.BestRegression(regressions)]
	score.KNN, score.LogReg, score.Converged = neighbours[0].Top1(), best.Top1, best.Converged
	score.KNNError, score.LogRegError = standardError(score.KNN, s.test.Rows), standardError(score.LogReg, s.test.Rows)
	score.RankMe, score.MostRankMe = rank.RankMe, rank.Most
	return score, nil
}

// standardError is that of an accuracy in percent which n images show: √(p(100 − p)/n).
func standardError(percent float64, n int) float64 {
	return math.Sqrt(percent * (100 - percent) / float64(n))
}

// compareText is the table for a person, and what it says of the last model.
func compareText(scores []modelScore) terminal.Text {
	width := len("model")
	for _, s := range scores {
		width = max(width, len([]rune(terminal.Line(s.Model))))
	}
	var text terminal.Builder
	text.Printf("%-*s  parameters   k-NN          logistic      RankMe", width, "model")
	for _, s := range scores {
		text.Printf("\n%-*s  %8.2f M   %5.1f ± %3.1f %%  %5.1f ± %3.1f %%  %.1f of %d", width,
			terminal.Text(terminal.Line(s.Model)), float64(s.Parameters)/1e6,
			s.KNN, s.KNNError, s.LogReg, s.LogRegError, s.RankMe, s.MostRankMe)
	}
	for _, s := range scores {
		if !s.Converged {
			text.Printf("\nthe logistic regression of %s did not converge: its accuracy may be too low", s.Model)
		}
	}
	own := scores[len(scores)-1]
	text.Printf("\n%d test images; ± is one standard error", own.test)
	for _, other := range scores[:len(scores)-1] {
		text.Printf("\n%s is %s", own.Model, verdict(own, other))
	}
	return text.Text()
}

// verdict compares the k-NN accuracies of two models. Differences below two standard errors may be
// chance.
func verdict(own, other modelScore) string {
	difference, chance := own.KNN-other.KNN, 2*math.Hypot(own.KNNError, other.KNNError)
	switch {
	case math.Abs(difference) <= chance:
		return fmt.Sprintf("not clearly better or worse than %s (k-NN %+.1f points, which may be chance)", other.Model,
			difference)
	case difference > 0:
		return fmt.Sprintf("better than %s (k-NN %+.1f points)", other.Model, difference)
	}
	return fmt.Sprintf("worse than %s (k-NN %+.1f points)", other.Model, difference)
}
