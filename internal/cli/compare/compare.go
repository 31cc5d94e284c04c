// Package compare is the verb `dino compare`: which tensors of two sets of weights differ, and by
// how much.
package compare

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	A, B      string
	Tolerance float64
	Raw       bool
	JSON      bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Say which tensors of two sets of weights differ, and by how much",
		Long: `Say which tensors of two sets of weights differ, and by how much.

Weights of different layouts are compared under the names of the model: teacher, student,
heads and center. With --raw, or where a layout is not recognised, the tensors of the two
files are compared under their own names.

The exit code is 0 where they are equal, or nowhere further apart than --tolerance, 1 where
they are not, and 2 where one cannot be read.`,
		Example: `  dino compare run/teacher.safetensors exported/model.safetensors
  dino compare a.pth b.pth --tolerance 1e-6 --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage.Errorf("compare: got %d arguments: name two files or folders of weights; see `%s --help`",
					len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.A, o.B = args[0], args[1]
			return run(cmd.OutOrStdout(), o)
		},
	}
	f := cmd.Flags()
	f.Float64Var(&o.Tolerance, "tolerance", 0, "largest |a − b| that counts as equal")
	f.BoolVar(&o.Raw, "raw", false, "compare the tensors of the files under their own names")
	f.BoolVar(&o.JSON, "json", false, "print one JSON object")
	return cmd
}

func run(stdout io.Writer, o Options) error {
	if !(o.Tolerance >= 0) {
		return usage.Errorf("compare: --tolerance is %g: must be 0 or more", o.Tolerance)
	}
	a, err := layout.Inspect(o.A, layout.Options{Newest: checkpoint.OpenNewest})
	if err != nil {
		return usage.Wrap(err)
	}
	defer a.Source.Close()
	b, err := layout.Inspect(o.B, layout.Options{Newest: checkpoint.OpenNewest})
	if err != nil {
		return usage.Wrap(err)
	}
	defer b.Source.Close()
	r, err := compare(a, b, o)
	if err != nil {
		return err
	}
	if err := r.print(stdout, o.JSON); err != nil {
		return err
	}
	if n := len(r.Different) + len(r.OnlyA) + len(r.OnlyB); n > 0 {
		return fmt.Errorf("compare: %d tensors are different or on one side only", n)
	}
	return nil
}

func (r *report) print(stdout io.Writer, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(stdout, string(r.text()))
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
