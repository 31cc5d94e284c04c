// Package report is the verb `dino report`: runs as one HTML file.
package report

import (
	"context"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/report"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Options are the flags.
type Options struct {
	Paths []string
	Out   string
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:         "report RUN... --out FILE.html",
		Annotations: usage.MakesFiles(),
		Short:       "Write runs as one HTML file that needs nothing else",
		Long: `Write runs as one HTML file that needs nothing else: curves, configuration, bad images and
notes, as dino watch shows them, with the data inside. It opens in any browser without a
network, and has less than 10 MB. A run may be under way.`,
		Example: `  dino report run --out run.html
  dino report runs/a runs/b --out compared.html`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("report: name the run folders; see `%s --help`", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return run(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	cmd.Flags().StringVar(&o.Out, "out", "", "the file to write")
	return cmd
}

func run(ctx context.Context, stdout io.Writer, o Options) error {
	if ext := filepath.Ext(o.Out); ext != ".html" && ext != ".htm" {
		return usage.Errorf("report: --out is %q: name a file that ends in .html", o.Out)
	}
	found, _, err := runs.Find(o.Paths)
	if err != nil {
		return usage.Errorf("report: %w", err)
	}
	if len(found) == 0 {
		return usage.Errorf("report: %s holds no run", o.Paths[0])
	}
	size, err := report.Write(ctx, o.Out, found)
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, string(terminal.Sprintf("%s: runs: %d, %s\n", o.Out, len(found),
		digits.Bytes(int64(size)))))
	return err
}
