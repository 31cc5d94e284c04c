// Package inspect is the verb `dino inspect`: what is in a file or folder of weights.
package inspect

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/cli/imagesize"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	Path      string
	Layout    string
	Prefix    string
	PosEmbed  string
	Heads     int
	ImageSize imagesize.Value
	Stats     bool
	JSON      bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "inspect WEIGHTS",
		Short: "Say what is in a file or folder of weights",
		Long: `Say what is in a file or folder of weights: its layout, the network, parameters,
tensors, preprocessing of images, and what the file says about where it is from.

It reads safetensors (also sharded), PyTorch files (without running code from them), the
folders of Hugging Face's hub, and the run folders of dino pretrain. Only names and shapes
are read, so that large files answer at once; --stats reads the data too.`,
		Example: `  dino inspect dinov2_vits14_pretrain.pth
  dino inspect run --json
  dino inspect model.safetensors --stats`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage.Errorf("inspect: got %d arguments: name one file or folder of weights; see `%s --help`",
					len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Path = args[0]
			return run(cmd.OutOrStdout(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Layout, "layout", "", "read the names as those of a layout: "+strings.Join(layout.Layouts, ", ")+
		" (default: recognised)")
	f.IntVar(&o.Heads, "heads", 0, "attention heads, which few files say")
	f.StringVar(&o.Prefix, "prefix", "", layout.PrefixHelp)
	f.StringVar(&o.PosEmbed, "pos-embed", "", layout.PosEmbedHelp())
	f.Var(&o.ImageSize, "image-size", "native size in pixels, where the grid of patches is no square")
	f.BoolVar(&o.Stats, "stats", false, "minimum, maximum, mean, standard deviation of every tensor")
	f.BoolVar(&o.JSON, "json", false, "print one JSON object")
	return cmd
}

func run(stdout io.Writer, o Options) error {
	d, err := layout.Inspect(o.Path, layout.Options{
		Layout: o.Layout, Heads: o.Heads, ImageSize: o.ImageSize, Prefix: o.Prefix, PosEmbed: o.PosEmbed,
		Newest: checkpoint.OpenNewest,
	})
	if err != nil {
		return usage.Wrap(err)
	}
	defer d.Source.Close()
	r, err := newReport(d, o.Stats)
	if err != nil {
		return err
	}
	if !o.JSON {
		_, err = io.WriteString(stdout, string(r.text()))
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
