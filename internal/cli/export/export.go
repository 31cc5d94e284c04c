// Package export is the verb `dino export`: weights in, the files of another project out.
package export

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/cli/imagesize"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	export.Options
	From        string
	Layout      string
	Prefix      string
	PosEmbed    string
	Heads       int
	ImageSize   imagesize.Value // of the source
	Backend     string
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: export.Options{Part: export.Backbone}}
	cmd := &cobra.Command{
		Use:         "export RUN-or-WEIGHTS --to FORMAT --out FILE",
		Annotations: usage.MakesFiles(),
		Short:       "Write weights for timm, Meta's DINO, transformers or ONNX",
		Long: `Write weights for other programs. The source is a run folder or weights of any
layout that dino reads (dino inspect shows what it sees).

  timm      safetensors (or a state dict, .pth) under timm's names
  official  .pth under the names of Meta's DINO or DINOv2; --part full has student,
            teacher, heads and center, for main_dino.py to go on from
  hf        a folder that transformers loads: config.json, preprocessor_config.json,
            model.safetensors
  onnx      a model for images of one size (--size) and batches of any: outputs are the
            class token "cls" and the patch tokens "patches"
  dino      our own safetensors; --part full has what dino pretrain --init takes

What was written is read back and computes the features of a probe image; the largest
difference is printed, and one above 1e-4 is an error that leaves no file.`,
		Example: `  dino export run --to timm --out vit.safetensors
  dino export run --to onnx --out vit.onnx --size 224
  dino export dino_deitsmall16_pretrain.pth --to hf --out dino-vits16`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage.Errorf("export: got %d arguments: name one run folder or file of weights; see `%s --help`",
					len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.From = args[0]
			return run(progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.To, "to", "", "format: timm, official, hf, onnx or dino")
	f.StringVar(&o.Out, "out", "", "file to write; for hf a folder")
	f.StringVar(&o.Part, "part", o.Part, "backbone, or full: student and teacher with heads and center")
	f.BoolVar(&o.Student, "student", false, "write the student's backbone, not the teacher's")
	f.Var((*imagesize.Value)(&o.Size), "size",
		"onnx: width and height of the images, or one number for both (default: what the weights are used with)")
	f.StringVar(&o.Layout, "layout", "", "layout of the source: "+strings.Join(layout.Layouts, ", ")+
		" (default: recognised)")
	f.IntVar(&o.Heads, "heads", 0, "attention heads of the source, which few files say")
	f.StringVar(&o.Prefix, "prefix", "", layout.PrefixHelp)
	f.StringVar(&o.PosEmbed, "pos-embed", "", layout.PosEmbedHelp())
	f.Var(&o.ImageSize, "image-size", "native size of the source in pixels, where the grid of patches is no square")
	f.StringVar(&o.Backend, "backend", backend.Auto, "compute engine that reads back what was written")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print the result as a JSON line")
	return cmd
}

// checkOutput reports, before any work is done, where nothing can be written, and an output that is
// the source.
func (o Options) checkOutput() error {
	if err := destination.Folder(filepath.Dir(o.Out)); err != nil {
		return fmt.Errorf("export: --out: %w", err)
	}
	source, err := os.Stat(o.From)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if there, err := os.Stat(o.Out); err == nil && os.SameFile(source, there) {
		return fmt.Errorf("export: --out is %s, which is the source: name another file", o.Out)
	}
	return nil
}

func run(printer *progress.Printer, o Options) error {
	if err := o.Validate(); err != nil {
		return usage.Wrap(err)
	}
	if err := o.checkOutput(); err != nil {
		return usage.Wrap(err)
	}
	m, err := layout.Open(o.From, layout.Options{
		Layout: o.Layout, Heads: o.Heads, ImageSize: o.ImageSize, Prefix: o.Prefix, PosEmbed: o.PosEmbed,
		Newest:  checkpoint.OpenNewest,
		Trained: o.Part == export.Backbone && !o.Student, // only checkpoints have the student
	})
	if err != nil {
		return usage.Wrap(err)
	}
	defer m.Close()
	if err := o.ValidateFor(m); err != nil {
		return usage.Wrap(err)
	}
	engine, err := backend.Open(o.Backend)
	if err != nil {
		return usage.Wrap(err)
	}
	printer.Stage("writing %s, and reading it back", o.Out)
	result, err := export.Write(engine, m, o.Options)
	if err != nil {
		return err
	}
	for _, note := range result.Notes {
		printer.Note("%s", note)
	}
	printer.Result("done", progress.Fields{
		"from": o.From, "layout": m.Layout, "to": o.To, "out": o.Out, "tensors": result.Tensors,
		"parameters": result.Parameters,
		"bytes":      result.Bytes, "difference": result.Difference,
	}, "%s: %d tensors, %s parameters, %s, for %s\nread back, a probe image's features differ by "+
		"at most %.2g", o.Out, result.Tensors,
		digits.Count(result.Parameters), digits.Bytes(result.Bytes), o.To, result.Difference)
	return nil
}
