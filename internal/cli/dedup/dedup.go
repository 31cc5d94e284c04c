// Package dedup is the verb `dino dedup`: images that are nearly the same.
package dedup

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
)

// Options are the flags.
type Options struct {
	grouping.Options
	Threshold float64
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: grouping.Default(200), Threshold: 0.95}
	cmd := &cobra.Command{
		Use:         "dedup EMBEDDINGS-or-IMAGES --out DIR",
		Annotations: usage.MakesFiles(),
		Short:       "Find images that are nearly the same",
		Long: `Find images that are nearly the same: whose embeddings have a cosine similarity of at least
--threshold, directly or through others. The embeddings are those of a file that dino embed
wrote, or of a folder of images and --weights. DIR gets

  duplicates.csv   group, path, label, similarity to the group's first image, and keep: 1 for
                   the first image, 0 for those that could go
  duplicates.html  a contact sheet of the groups, in one file

Nothing is deleted. What similarity means "the same" depends on the network and the images:
look at the contact sheet, and raise the threshold if different images are in one group.`,
		Example: `  dino dedup photos --weights run --out duplicates
  dino dedup photos.parquet --images photos --threshold 0.98 --out duplicates`,
		Args: o.Argument,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	cmd.Flags().Float64Var(&o.Threshold, "threshold", o.Threshold,
		"least cosine similarity of two images that are linked")
	o.Register(cmd, "groups on the contact sheet")
	return cmd
}

func run(ctx context.Context, printer *progress.Printer, o Options) error {
	return grouping.Run(ctx, printer, o.Options,
		grouping.Verb{Name: "dedup", Files: "duplicates", Validate: o.validate, Check: check, Group: o.group})
}

func (o Options) validate() error {
	if !(o.Threshold > -1 && o.Threshold <= 1) {
		return fmt.Errorf("--threshold is %v: must be above -1 and at most 1; 0.95 is usual", o.Threshold)
	}
	return nil
}

// check wants two images to compare.
func check(images int) error {
	if images < 2 {
		return errors.New("dedup: there is one image, and nothing to compare it with")
	}
	return nil
}

// group finds the duplicates.
func (o Options) group(ctx context.Context, set *grouping.Set) (grouping.Groups, error) {
	groups, err := (eval.Duplicates{Threshold: o.Threshold}).Groups(ctx, set.Features)
	return duplicates{set, o, groups}, err
}
