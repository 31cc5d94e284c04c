// Package synth is the verb `dino synth`: a drawn, labelled set of images to try pretraining on.
package synth

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
)

// Options are the flags.
type Options struct {
	synth.Options
	Out         string
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: synth.DefaultOptions()}
	cmd := &cobra.Command{
		Use:         "synth --out DIR",
		Annotations: usage.MakesFiles(),
		Short:       "Draw a labelled set of images to try pretraining on",
		Long: `Draw a labelled set of images to try pretraining on: ten classes that differ in the
shape and texture of their objects, under strong nuisance in colour, place, size, tilt,
light and background. The same options always draw the same bytes; a set that was
interrupted is completed.`,
		Example: `  dino synth --out shapes
  dino synth --out shapes --images 6000 --size 96 --seed 1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Out, "out", "", "folder for the images; made if needed")
	f.IntVar(&o.Images, "images", o.Images, "number of images, spread evenly over the classes")
	f.IntVar(&o.Classes, "classes", o.Classes, "number of classes, at most 10")
	f.IntVar(&o.Size, "size", o.Size, "width and height in pixels")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "seed of every random choice")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print progress as JSON lines")
	return cmd
}

// bytes is what the images take at most: nuisance compresses badly.
func (o Options) bytes() int64 { return 3 * int64(o.Images) * int64(o.Size) * int64(o.Size) }

func run(ctx context.Context, printer *progress.Printer, o Options) error {
	if o.Out == "" {
		return usage.Errorf("synth: --out is missing: name a folder for the images, for example --out shapes")
	}
	if err := o.Validate(); err != nil {
		return usage.Wrap(err)
	}
	if err := errors.Join(destination.Folder(o.Out), destination.Room(o.Out, o.bytes())); err != nil {
		return usage.Errorf("synth: --out: %w", err)
	}
	defer printer.Close()
	printer.Count(progress.Count{Total: o.Images, What: "images"})
	err := synth.Generate(ctx, o.Out, o.Options, func(done, total int) {
		printer.Count(progress.Count{Done: done, Total: total, What: "images"})
	})
	if err != nil {
		return err
	}
	printer.Result("done", progress.Fields{
		"out": o.Out, "images": o.Images, "classes": o.Classes, "size": o.Size,
		"seed": o.Seed,
	},
		"%s: %s", o.Out, o.Options)
	return nil
}
