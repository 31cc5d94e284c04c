// Package vectors is where verbs that group images have their features from: a file of embeddings, or a folder of images and weights.
package vectors

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/cli/usage"
	"github.com/dino-go/dino/internal/dataset"
	"github.com/dino-go/dino/internal/embeddings"
	"github.com/dino-go/dino/internal/features"
	"github.com/dino-go/dino/internal/imageio"
	"github.com/dino-go/dino/internal/loader"
	"github.com/dino-go/dino/internal/progress"
)

// Options are the flags and the argument of such a verb.
type Options struct {
	encoder.Options
	Input  string // a file of embeddings or a folder of images
	Images string // folder that the paths of a file are relative to
}

// Default are the values of flags that are not given.
func Default() Options { return Options{Options: encoder.Default()} }

// Register adds the flags.
func (o *Options) Register(cmd *cobra.Command) {
	o.Options.Register(cmd.Flags())
	cmd.Flags().StringVar(&o.Images, "images", "", "the folder that a file of embeddings was made of, to show its images")
}

// Argument takes the one argument of a verb as the input.
func (o *Options) Argument(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage.Errorf("%s: got %d arguments: name one file of embeddings or one folder of images; see `%s --help`", cmd.Name(), len(args), cmd.CommandPath())
	}
	o.Input = args[0]
	return nil
}

// Set is the features of images.
type Set struct {
	*embeddings.Table
	Root string // folder that the paths are relative to
	Bad  int    // images that could not be decoded and are not in the table
}

// Path returns the file of row i.
func (s *Set) Path(i int) string { return filepath.Join(s.Root, filepath.FromSlash(s.Rows[i].Path)) }

// Load reads or computes the features. Images that cannot be decoded are reported and left out.
func (o Options) Load(ctx context.Context, printer *progress.Printer) (*Set, error) {
	info, err := os.Stat(o.Input)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if info.IsDir() {
		return o.compute(ctx, printer)
	}
	if o.Weights != "" {
		return nil, usage.Errorf("--weights is given with %s, which is a file of embeddings: it needs none", o.Input)
	}
	table, err := embeddings.Read(o.Input)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if table.Patches {
		return nil, usage.Errorf("%s has a row for every patch: embed the images with features that have one row an image, such as cls", o.Input)
	}
	return &Set{Table: table, Root: o.Images}, nil
}

// compute runs the network over a folder of images.
func (o Options) compute(ctx context.Context, printer *progress.Printer) (*Set, error) {
	enc, err := o.Open()
	if err != nil {
		return nil, err
	}
	if enc.Features.Patches {
		return nil, usage.Errorf("--features patches has a row for every patch: choose features that have one row an image, such as cls")
	}
	index, err := dataset.Scan(ctx, o.Input, dataset.Options{Extensions: imageio.Extensions})
	if err != nil {
		return nil, usage.Wrap(err)
	}
	set := &Set{Table: new(embeddings.Table), Root: o.Input}
	source := o.Source(index)
	source.BadImages = func(bad []loader.BadImage) error {
		for _, b := range bad {
			set.Bad++
			printer.Event("bad", progress.Fields{"path": b.Path, "reason": b.Reason}, "left out: %s", b.Reason)
		}
		return nil
	}
	done := 0
	err = enc.Stream(ctx, source, index.All(), func(b features.Batch) error {
		set.add(index, b)
		done += b.Taken
		printer.Count(progress.Count{Done: done, Total: index.Len(), What: "images"})
		return nil
	})
	if err == nil && len(set.Rows) == 0 {
		err = fmt.Errorf("%s: none of %d images can be decoded", o.Input, index.Len())
	}
	return set, err
}

// add appends the rows of a batch.
func (s *Set) add(index *dataset.Index, b features.Batch) {
	for i, image := range b.Images {
		row := embeddings.Row{Path: index.Files[image].Path, Width: b.Sizes[i][0], Height: b.Sizes[i][1]}
		if label, _, nested := strings.Cut(row.Path, "/"); nested {
			row.Label = label
		}
		s.Rows = append(s.Rows, row)
	}
	s.Features.Rows += b.Rows.Rows
	s.Features.Cols = b.Rows.Cols
	s.Features.Data = append(s.Features.Data, b.Rows.Data...)
}
