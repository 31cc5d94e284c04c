// Package watch is the verb `dino watch`: the page of runs, live.
package watch

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/localpage"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
	"github.com/dino-go/dino/internal/watch/server"
)

// Options are the flags.
type Options struct {
	Paths   []string
	Address string
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "watch RUN-or-FOLDER...",
		Short: "Show runs on a local page, live",
		Long: `Show runs on a local page, live: which there are and how each is getting on, the curves of
several over one another, differences of configuration, bad images, notes and tags.

Each argument is a run folder or a folder that holds some, at most three levels below;
runs that begin later appear by themselves. Nothing in a run folder is changed but
notes.json, which the page writes. Runs on a shared disk can be watched, too.

` + localpage.Note + `
Ctrl-C ends the page; runs do not notice.`,
		Example: `  dino watch runs
  dino watch run-a run-b --addr 127.0.0.1:8080`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("watch: name run folders, or a folder that holds some; see `%s --help`",
					cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return run(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	localpage.Register(cmd.Flags(), &o.Address)
	return cmd
}

func run(ctx context.Context, stdout io.Writer, o Options) error {
	collection, err := runs.NewCollection(o.Paths)
	if err != nil {
		return usage.Errorf("watch: %w", err)
	}
	err = localpage.Serve(ctx, stdout, o.Address, heading(collection),
		func(at net.Addr, names ...string) *server.Server {
			return server.New(collection, at, names...)
		})
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return nil
}

func heading(collection *runs.Collection) terminal.Text {
	switch count := len(collection.Runs()); count {
	case 0:
		return "watching no run yet; the page shows the first one as soon as it begins"
	case 1:
		return "watching 1 run"
	default:
		return terminal.Sprintf("watching %d runs", count)
	}
}
