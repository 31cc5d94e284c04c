package evaluation

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// linearOptions are the flags of `dino eval linear`.
type linearOptions struct {
	trained
	Probe   eval.LinearProbe
	Augment bool
}

func newLinear() *cobra.Command {
	o := linearOptions{Probe: eval.DefaultLinearProbe()}
	o.Options = encoder.Default()
	o.Features = "last-4"
	cmd := &cobra.Command{
		Use:   "linear --weights W --train DIR --test DIR",
		Short: "Train linear classifiers on frozen features",
		Long: `Train linear classifiers on frozen features, as the official evaluation of DINO does:
SGD with momentum on the class tokens of the last 4 blocks (--features last-4; cls+mean is
what it takes of ViT-B), a cosine schedule, and one classifier for every learning rate and
weight decay, all in one pass: the best learning rate differs by orders of magnitude
between networks.

Features are computed once. With --augment every epoch sees new crops and flips, as in the
official code, which computes them anew every epoch. The best setting is chosen on the
test images, as there; give --val and the choice is made on other images.`,
		Example: `  dino eval linear --weights run --train photos/train --test photos/val
  dino eval linear --weights run --data photos --features last-2 --epochs 30 --augment`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Lower = !cmd.Flags().Changed("features")
			return runLinear(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.trained.register(f)
	f.Float64SliceVar(&o.Probe.LearningRates, "lr", o.Probe.LearningRates, "learning rates to try, for a batch of 256")
	f.Float64SliceVar(&o.Probe.WeightDecays, "weight-decay", o.Probe.WeightDecays, "weight decays to try")
	f.IntVar(&o.Probe.Epochs, "epochs", o.Probe.Epochs, "passes over the training images")
	f.IntVar(&o.Probe.BatchSize, "train-batch", o.Probe.BatchSize, "images of a step of training")
	f.Uint64Var(&o.Probe.Seed, "seed", 0, "of initial weights, order and crops")
	f.BoolVar(&o.Augment, "augment", false, "new crops and flips of the training images in every epoch")
	return cmd
}

func runLinear(ctx context.Context, printer *progress.Printer, o linearOptions) error {
	if o.Augment && (o.Data != "" || embeddings.IsFile(o.Train)) {
		return usage.Errorf("eval linear: --augment needs --train with a folder of images, to make new crops of")
	}
	return o.score(ctx, printer, "linear", o.train)
}

// train runs SGD with every learning rate and weight decay.
func (o linearOptions) train(ctx context.Context, in *input, s sets, val eval.Features) (c chosen, err error) {
	source := func(context.Context, int) (eval.Features, error) { return s.train, nil }
	if o.Augment {
		if source, err = in.augmented(ctx, o, s.classes); err != nil {
			return c, err
		}
	}
	scores, err := o.Probe.ScoreEpochs(ctx, in.counted(source, o.Probe.Epochs), val)
	if err != nil {
		return c, usage.Wrap(err)
	}
	best := scores[eval.BestProbe(scores)]
	return chosen{
		classifier: best.Classifier,
		workers:    o.Probe.Workers,
		tried:      linearText(scores),
		setting:    fmt.Sprintf("lr %g and weight decay %g", best.LearningRate, best.WeightDecay),
		fields: progress.Fields{
			"augmented": o.Augment, "learning_rate": best.LearningRate, "weight_decay": best.WeightDecay,
			"scores": scores,
		},
	}, nil
}

// linearText is the settings that were tried, for a person.
func linearText(scores []eval.ProbeScore) terminal.Text {
	var text terminal.Builder
	for _, score := range scores {
		if score.Diverged {
			text.Printf("lr %-8g weight decay %-8g diverged\n", score.LearningRate, score.WeightDecay)
			continue
		}
		text.Printf("lr %-8g weight decay %-8g loss %.4f, top-1 %.1f %%\n", score.LearningRate, score.WeightDecay,
			score.TrainLoss, score.Top1)
	}
	return text.Text()
}

// counted shows which epoch is asked for.
func (in *input) counted(source eval.EpochFeatures, epochs int) eval.EpochFeatures {
	in.printer.Count(progress.Count{Total: epochs, What: "epochs"})
	return func(ctx context.Context, epoch int) (eval.Features, error) {
		f, err := source(ctx, epoch)
		in.printer.Count(progress.Count{Done: epoch + 1, Total: epochs, What: "epochs"})
		return f, err
	}
}

// augmented computes the features of new views of the training images in every epoch.
func (in *input) augmented(ctx context.Context, o linearOptions, classes []string) (eval.EpochFeatures, error) {
	index, err := in.scan(ctx, o.Train)
	if err != nil {
		return nil, err
	}
	enc, err := in.encoder()
	if err != nil {
		return nil, err
	}
	if err := in.Measure(ctx, &enc.Network.Preprocessing, index, in.printer); err != nil {
		return nil, err
	}
	crops, err := features.LinearCrops(enc.Network.Preprocessing, 1, enc.Network.Config.Geometry().Patch)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	number := map[string]int{}
	for i, name := range classes {
		number[name] = i
	}
	for i, file := range index.Files {
		index.Files[i].Label = number[embeddings.NewRow(file.Path, [2]int{}).Label]
	}
	return func(ctx context.Context, epoch int) (eval.Features, error) {
		reading := encoder.NewViews(in.printer, fmt.Sprintf("images read, for views of epoch %d", epoch+1), index.Len())
		views, err := enc.ExtractViews(ctx, reading.Source(in.Source(index, enc.Network.Preprocessing)), index.All(),
			features.Views{Crops: crops, Seed: o.Probe.Seed, Epoch: epoch})
		if err != nil {
			return eval.Features{}, err
		}
		return views[0], nil
	}, nil
}
