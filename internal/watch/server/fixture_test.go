package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/watch/runs"
)

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func metricsOf(from, to int) string {
	var text strings.Builder
	for step := from; step < to; step++ {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d,"loss":%g}`+"\n", step, step/10, 4-float64(step)/1000)
	}
	return text.String()
}

// newRun makes a run folder with so many steps.
func newRun(t testing.TB, path string, steps int) {
	t.Helper()
	write(t, filepath.Join(path, "config.yaml"), "train:\n  epochs: 3\n")
	write(t, filepath.Join(path, ".lock"), "")
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(0, steps))
}

// elsewhere is an address that is not of the loopback device.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

// served is a server under test.
type served struct {
	*testing.T
	*Server
	host string // with the port
	end  context.CancelFunc
	done chan error
}

// serve starts a server for runs in a folder; as if bound elsewhere it has a token.
func serve(t *testing.T, dir string, bound bool) *served {
	t.Helper()
	collection, err := runs.NewCollection([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr()
	if bound {
		address = elsewhere{}.Addr()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{t, New(collection, address, "machine"), listener.Addr().String(), cancel, make(chan error, 1)}
	go func() { s.done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask sends a request and returns the code and the body.
func (s *served) ask(method, path, body string, change func(*http.Request)) (*http.Response, string) {
	s.Helper()
	request, err := http.NewRequest(method, "http://"+s.host+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if change != nil {
		change(request)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response, string(text)
}
