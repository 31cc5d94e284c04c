// Package cluster is the verb `dino cluster`: images in groups that the network finds alike.
package cluster

import (
	"context"
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
	K     int
	Seed  uint64
	Steps int
	Raw   bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: grouping.Default(16), K: 20, Steps: eval.DefaultKMeans(1).Steps}
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.K, "k", o.K, "number of clusters")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of the start")
	f.IntVar(&o.Steps, "steps", o.Steps, "steps at most")
	f.BoolVar(&o.Raw, "raw", false, "do not L2-normalise the embeddings")
	o.Register(cmd, "images of a cluster on the contact sheet")
	return cmd
}

func run(ctx context.Context, printer *progress.Printer, o Options) error {
	return grouping.Run(ctx, printer, o.Options,
		grouping.Verb{Name: "cluster", Files: "clusters", Validate: o.validate, Check: o.check, Group: o.group})
}

func (o Options) validate() error {
	switch {
	case o.K < 1:
		return fmt.Errorf("--k is %d: must be at least 1", o.K)
	case o.Steps < 1:
		return fmt.Errorf("--steps is %d: must be at least 1; 100 is usual", o.Steps)
	}
	return nil
}

// group fits the clusters.
func (o Options) group(ctx context.Context, set *grouping.Set) (grouping.Groups, error) {
	if err := o.check(len(set.Rows)); err != nil {
		return nil, usage.Wrap(err)
	}
	return o.fit(ctx, set)
}

// check compares the number of clusters with that of the images.
func (o Options) check(images int) error {
	if o.K > images {
		return fmt.Errorf("cluster: --k is %d: must be at most the number of images (%d)", o.K, images)
	}
	return nil
}
