package grouping

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
)

// Argument takes the one argument of a verb as the input.
func (o *Options) Argument(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage.Errorf("%s: got %d arguments: name one file of embeddings or one folder of images; "+
			"see `%s --help`", cmd.Name(), len(args), cmd.CommandPath())
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
// What check says against the number of images, if it is given, is an error before any is read.
func (o Options) Load(ctx context.Context, printer *progress.Printer, check func(images int) error) (*Set, error) {
	if check == nil {
		check = func(int) error { return nil }
	}
	if o.Images != "" {
		if stat, err := os.Stat(o.Images); err != nil || !stat.IsDir() {
			return nil, usage.Errorf("--images is %s: must be the folder of the images that were embedded", o.Images)
		}
	}
	info, err := os.Stat(o.Input)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if info.IsDir() {
		return o.compute(ctx, printer, check)
	}
	if o.Weights != "" {
		return nil, usage.Errorf("--weights is given with %s, which is a file of embeddings: it needs none", o.Input)
	}
	table, err := embeddings.Read(o.Input)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if table.Patches {
		return nil, usage.Errorf("%s has a row for every patch: embed the images with features that have one row an "+
			"image, such as cls", o.Input)
	}
	return &Set{Table: table, Root: o.Images}, usage.Wrap(check(len(table.Rows)))
}

// compute runs the network over a folder of images.
func (o Options) compute(ctx context.Context, printer *progress.Printer, check func(int) error) (*Set, error) {
	enc, err := o.Open()
	if err != nil {
		return nil, err
	}
	if enc.Features.Patches {
		return nil, usage.Errorf("--features patches has a row for every patch: choose features that have one row an " +
			"image, such as cls")
	}
	index, err := folder.Scan(ctx, o.Input, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if err := check(index.Len()); err != nil {
		return nil, usage.Wrap(err)
	}
	table, bad, err := o.Table(ctx, enc, index, printer)
	return &Set{Table: table, Root: o.Input, Bad: bad}, err
}
