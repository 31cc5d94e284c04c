// Package cluster is the verb `dino cluster`: images in groups that the network finds alike.
package cluster

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
	K           int
	Seed        uint64
	Steps       int
	Raw         bool
	Show        int
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: vectors.Default(), K: 20, Steps: eval.DefaultKMeans(1).Steps, Show: 16}
	cmd := &cobra.Command{
		Use:         "cluster EMBEDDINGS-or-IMAGES --out DIR",
		Annotations: usage.MakesFiles(),
		Short:       "Group images by what the network sees in them",
		Long: `Group images by k-means on their embeddings: those of a file that dino embed wrote, or of
a folder of images and --weights. Embeddings are L2-normalised, so that directions are
grouped. The same seed gives the same clusters. DIR gets

  clusters.csv   path, label, cluster, distance to its centre, and rank by distance, of every image
  clusters.html  a contact sheet: the images nearest to each centre, in one file

Where images lie in class folders, each cluster tells its most frequent class, and the
purity is printed: the share of images that have the most frequent class of their cluster.`,
		Example: `  dino cluster photos --weights run --k 20 --out clusters
  dino cluster photos.parquet --images photos --out clusters`,
		Args: o.Argument,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd.OutOrStdout(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Out, "out", "", "folder for the results; made if needed")
	f.IntVar(&o.K, "k", o.K, "number of clusters")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of the start")
	f.IntVar(&o.Steps, "steps", o.Steps, "steps at most")
	f.BoolVar(&o.Raw, "raw", false, "do not L2-normalise the embeddings")
	f.IntVar(&o.Show, "show", o.Show, "images of a cluster on the contact sheet")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print JSON lines")
	o.Register(cmd)
	return cmd
}

func (o Options) validate() error {
	switch {
	case o.Out == "":
		return errors.New("cluster: --out is missing: name a folder for the results, for example --out clusters")
	case o.K < 1:
		return fmt.Errorf("cluster: --k is %d: must be at least 1", o.K)
	case o.Steps < 1:
		return fmt.Errorf("cluster: --steps is %d: must be at least 1; 100 is usual", o.Steps)
	case o.Show < 1:
		return fmt.Errorf("cluster: --show is %d: must be at least 1", o.Show)
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
	if o.K > len(set.Rows) {
		return usage.Errorf("cluster: --k is %d: must be at most the number of images (%d)", o.K, len(set.Rows))
	}
	g, err := o.group(ctx, set)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	if err := g.saveCSV(filepath.Join(o.Out, "clusters.csv")); err != nil {
		return err
	}
	unreadable, err := g.page(o).Write(filepath.Join(o.Out, "clusters.html"))
	if err != nil {
		return err
	}
	if unreadable > 0 {
		printer.Note("%d images on the contact sheet cannot be read; --images names the folder of a file of embeddings", unreadable)
	}
	g.report(printer, o)
	return nil
}
