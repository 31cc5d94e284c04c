package evaluation

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// rankOptions are the flags of `dino eval rank`.
type rankOptions struct {
	common
	Data   string
	Images int
	Views  int
	Seed   uint64
}

func newRank() *cobra.Command {
	lidar := eval.DefaultLiDAR()
	o := rankOptions{common: common{Options: encoder.Default()}, Images: lidar.Classes, Views: lidar.SamplesPerClass}
	cmd := &cobra.Command{
		Use:   "rank --weights W --data DIR",
		Short: "Measure how many dimensions the features use, without labels",
		Long: `Measure how many dimensions the features use, without labels:

  RankMe               of all images; higher is better between networks of one width
  effective rank       the same about the mean
  standard deviation   of every dimension, about 1 where features spread evenly
  uniformity           how evenly they spread over the sphere; −4 is perfect, 0 collapse
  LiDAR                of --views random views of --images images: how many dimensions
                       tell images apart, not their views
  alignment            how near two views of an image lie; 0 is perfect

Views are the global crops of the paper's recipe. LiDAR and alignment need images; of a
file of embeddings the others are measured.`,
		Example: `  dino eval rank --weights run --data photos
  dino eval rank --data photos.parquet --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runRank(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.common.register(f)
	f.StringVar(&o.Data, "data", "", "folder of images, or file of embeddings")
	f.IntVar(&o.Images, "images", o.Images, "LiDAR and alignment: images, evenly spread over the folder")
	f.IntVar(&o.Views, "views", o.Views, "LiDAR and alignment: views of each image; 0 leaves them out")
	f.Uint64Var(&o.Seed, "seed", 0, "of the views")
	return cmd
}

func (o rankOptions) validate() error {
	if o.Views != 0 && o.Views < 2 || o.Images < 2 {
		return usage.Errorf("eval rank: --views is %d and --images is %d: LiDAR needs at least two of each; --views "+
			"0 leaves it out", o.Views, o.Images)
	}
	return nil
}

func runRank(ctx context.Context, printer *progress.Printer, o rankOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	in, err := newInput(printer, "rank", o.common, o.Data)
	if err != nil {
		return err
	}
	opened, err := in.open(ctx, "data", o.Data)
	if err != nil {
		return err
	}
	if len(opened.Rows) < 2 {
		return usage.Errorf("eval rank: %s has one image: at least two are needed", o.Data)
	}
	if err := in.ready(opened); err != nil {
		return err
	}
	table, err := in.load(ctx, opened)
	if err != nil {
		return err
	}
	in.printer.Stage("measuring %d rows of %d numbers", table.Features.Rows, table.Features.Cols)
	fields := progress.Fields{"images": table.Features.Rows, "columns": table.Features.Cols}
	text, err := spread(ctx, table.Features, fields)
	if err != nil {
		return usage.Wrap(err)
	}
	if o.Views > 0 && !embeddings.IsFile(o.Data) {
		more, err := in.viewMeasures(ctx, o, opened.index, fields)
		if err != nil {
			return err
		}
		text += "\n" + more
	}
	in.done(fields, text)
	return nil
}

// spread measures single views.
func spread(ctx context.Context, m eval.Matrix, fields progress.Fields) (terminal.Text, error) {
	rankMe, err := eval.DefaultRankMe().Score(ctx, m)
	if err != nil {
		return "", err
	}
	effective, err := eval.EffectiveRank(ctx, m)
	if err != nil {
		return "", err
	}
	std, err := eval.DimensionStd(m)
	if err != nil {
		return "", err
	}
	uniformity, err := eval.Uniformity(ctx, m, 2, 0)
	if err != nil {
		return "", err
	}
	fields["rankme"], fields["most"], fields["effective_rank"], fields["uniformity"] = rankMe.RankMe, rankMe.Most,
		effective, uniformity
	fields["dimension_std"], fields["dimensions"] = std, std.Std
	var text terminal.Builder
	text.Printf("%d images, %d numbers each\n", m.Rows, m.Cols)
	text.Printf("RankMe %.1f of at most %d, effective rank %.1f\n", rankMe.RankMe, rankMe.Most, effective)
	text.Printf("standard deviation of the dimensions: mean %.3f, smallest %.3f, largest %.3f, %d dead\n", std.Mean,
		std.Min, std.Max, std.Dead)
	text.Printf("uniformity %.3f", uniformity)
	return text.Text(), nil
}

// viewMeasures computes LiDAR and alignment of random views.
func (in *input) viewMeasures(ctx context.Context, o rankOptions, index *folder.Index,
	fields progress.Fields,
) (terminal.Text, error) {
	enc, err := in.encoder()
	if err != nil {
		return "", err
	}
	if err := in.Measure(ctx, &enc.Network.Preprocessing, index, in.printer); err != nil {
		return "", err
	}
	crops, err := globalCrops(enc, o.Views)
	if err != nil {
		return "", usage.Wrap(err)
	}
	chosen := evenly(index, o.Images)
	reading := encoder.NewViews(in.printer, fmt.Sprintf("images read, for %d views of each", o.Views), len(chosen))
	views, err := enc.ExtractViews(ctx, reading.Source(in.Source(index, enc.Network.Preprocessing)), chosen,
		features.Views{Crops: crops, Seed: o.Seed})
	if err != nil {
		return "", err
	}
	all := eval.Matrix{Rows: o.Views * views[0].Rows, Cols: views[0].Cols}
	for _, view := range views {
		all.Data = append(all.Data, view.Data...)
	}
	grouped, err := eval.GroupViews(all, o.Views)
	if err != nil {
		return "", err
	}
	lidar := eval.DefaultLiDAR()
	lidar.Classes, lidar.SamplesPerClass = o.Images, o.Views
	score, err := lidar.Score(ctx, grouped)
	if err != nil {
		return "", usage.Wrap(err)
	}
	alignment, err := eval.Alignment(views[0].Matrix, views[1].Matrix, 2)
	if err != nil {
		return "", err
	}
	fields["lidar"], fields["alignment"], fields["views"] = score, alignment, o.Views
	return terminal.Sprintf("LiDAR %.1f, alignment %.3f, of %d views of %d images", score.LiDAR, alignment, o.Views,
		score.Groups), nil
}

// globalCrops are views like those that the paper's recipe shows to the teacher, all drawn alike.
func globalCrops(enc features.Extractor, views int) (*augment.MultiCrop, error) {
	p := enc.Network.Preprocessing
	c := augment.Default(augment.Paper)
	c.LocalCrops.Number = 0
	c.GlobalCrops.Number, c.GlobalCrops.Size = views, p.Size
	c.GlobalCrops.Blur.Probability, c.GlobalCrops.Solarize.Probability = augment.PerView{0.5}, augment.PerView{0.1}
	c.Mean, c.Std = p.Normalization()
	return augment.New(c, enc.Network.Config.Geometry().Patch)
}

// evenly chooses at most n images of an index, evenly spread.
func evenly(index *folder.Index, n int) []int {
	n = min(n, index.Len())
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = i * index.Len() / n
	}
	return chosen
}
