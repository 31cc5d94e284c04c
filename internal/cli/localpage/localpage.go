// Package localpage is what the verbs that show a page have in common: the flag --addr, and the
// address that is printed.
package localpage

import (
	"context"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/server"
)

// Note is what a verb's help says of the address.
const Note = `The page is for this machine alone unless --addr names another address; then the address
that is printed holds a token, without which nothing is shown. It is sent unencrypted: in
a network that is not yours, forward a port instead: ssh -L 8080:127.0.0.1:8080 HOST.`

// Register adds the flag.
func Register(f *pflag.FlagSet, address *string) {
	f.StringVar(address, "addr", "127.0.0.1:0", "address and port of the page; port 0 takes a free one")
}

// Serve shows a page at an address until the context ends, and says so first: heading is a line.
// newServer makes the page for the address and the names that a browser may ask for.
func Serve(ctx context.Context, stdout io.Writer, address string, heading terminal.Text,
	newServer func(at net.Addr, names ...string) *server.Server,
) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usage.Errorf("--addr is %q: must be an address and a port, as 127.0.0.1:8080", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	machine, _ := os.Hostname()
	s := newServer(listener.Addr(), host, machine, machine+".local")
	greeting := terminal.Sprintf("%s\n%s\nCtrl-C ends the page\n", heading,
		s.URL(shown(host, machine, listener.Addr())))
	if _, err := io.WriteString(stdout, string(greeting)); err != nil {
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
