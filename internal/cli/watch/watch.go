// Package watch is the verb `dino watch`: the page of runs, live.
package watch

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

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

The page is for this machine alone unless --addr names another address; then the address
that is printed holds a token, without which nothing is shown. It is sent unencrypted: in
a network that is not yours, forward a port instead: ssh -L 8080:127.0.0.1:8080 HOST.
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
	cmd.Flags().StringVar(&o.Address, "addr", "127.0.0.1:0", "address and port of the page; port 0 takes a free one")
	return cmd
}

func run(ctx context.Context, stdout io.Writer, o Options) error {
	collection, err := runs.NewCollection(o.Paths)
	if err != nil {
		return usage.Errorf("watch: %w", err)
	}
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return usage.Errorf("watch: --addr is %q: must be an address and a port, as 127.0.0.1:8080", o.Address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	machine, _ := os.Hostname()
	s := server.New(collection, listener.Addr(), host, machine, machine+".local")
	if _, err := io.WriteString(stdout,
		string(greeting(collection, s.URL(shown(host, machine, listener.Addr()))))); err != nil {
		listener.Close()
		return err
	}
	return s.Serve(ctx, listener)
}

// shown is the host and port under which the page can be opened: where it is bound to all
// addresses, the machine's name.
func shown(host, machine string, address net.Addr) string {
	_, port, _ := net.SplitHostPort(address.String())
	if ip := net.ParseIP(strings.Trim(host, "[]")); host == "" || ip != nil && ip.IsUnspecified() {
		host = machine
	}
	return net.JoinHostPort(host, port)
}

func greeting(collection *runs.Collection, url string) terminal.Text {
	count := len(collection.Runs())
	found := terminal.Sprintf("%d runs", count)
	switch count {
	case 0:
		found = "no run yet; the page shows the first one as soon as it begins"
	case 1:
		found = "1 run"
	}
	return terminal.Sprintf("watching %s\n%s\nCtrl-C ends the page\n", found, url)
}
