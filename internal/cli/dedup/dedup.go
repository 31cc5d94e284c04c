// Package dedup is the verb `dino dedup`: images that are nearly the same.
package dedup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/vectors"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
)

// Options are the flags.
type Options struct {
	vectors.Options
	Out         string
	Threshold   float64
	Show        int
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: vectors.Default(), Threshold: 0.95, Show: 200}
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
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd.OutOrStdout(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Out, "out", "", "folder for the results; made if needed")
	f.Float64Var(&o.Threshold, "threshold", o.Threshold, "least cosine similarity of two images that are linked")
	f.IntVar(&o.Show, "show", o.Show, "groups on the contact sheet")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print JSON lines")
	o.Register(cmd)
	return cmd
}

func (o Options) validate() error {
	switch {
	case o.Out == "":
		return errors.New("dedup: --out is missing: name a folder for the results, for example --out duplicates")
	case !(o.Threshold > -1 && o.Threshold <= 1):
		return fmt.Errorf("dedup: --threshold is %v: must be above -1 and at most 1; 0.95 is usual", o.Threshold)
	case o.Show < 1:
		return fmt.Errorf("dedup: --show is %d: must be at least 1", o.Show)
	}
	return nil
}

func run(ctx context.Context, stdout io.Writer, o Options) error {
	if err := o.validate(); err != nil {
		return usage.Wrap(err)
	}
	printer := progress.New(stdout, progress.ModeFor(stdout, o.Quiet, o.JSON))
	defer printer.Close()
	set, err := o.Load(ctx, printer)
	if err != nil {
		return err
	}
	d := duplicates{Set: set}
	if d.groups, err = (eval.Duplicates{Threshold: o.Threshold}).Groups(ctx, set.Features); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	if err := d.saveCSV(filepath.Join(o.Out, "duplicates.csv")); err != nil {
		return err
	}
	unreadable, err := d.page(o).Write(filepath.Join(o.Out, "duplicates.html"))
	if err != nil {
		return err
	}
	if unreadable > 0 {
		printer.Note("%d images on the contact sheet cannot be read; --images names the folder of a file of embeddings", unreadable)
	}
	if n := d.largest(); 2*n > len(set.Rows) && len(set.Rows) > 2 {
		printer.Note("one group holds %d of %d images, which are hardly all the same: --threshold should be higher than %v", n, len(set.Rows), o.Threshold)
	}
	printer.Event("done", progress.Fields{
		"out": o.Out, "images": len(set.Rows), "bad_images": set.Bad, "threshold": o.Threshold, "groups": len(d.groups), "duplicates": d.removable(),
	}, "%s: %d groups among %d images; %d images could go", o.Out, len(d.groups), len(set.Rows), d.removable())
	return nil
}
