package prometheus

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// ContentType is that of what is shown.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Path is where the numbers are: what Prometheus asks for unless it is told otherwise.
const Path = "/metrics"

// patience is how long a client may take to ask and to read.
const patience = 10 * time.Second

// Address is the address to listen at that a word means: a port alone is one of this machine, not
// one that others reach.
func Address(word string) (string, error) {
	host, port, err := net.SplitHostPort(word)
	if err != nil {
		host, port = "", word
	}
	if _, wrong := strconv.ParseUint(port, 10, 16); wrong != nil {
		return "", fmt.Errorf("must be a port, as 9464, or an address and a port, as 127.0.0.1:9464, but is %q", word)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// Server answers until it is closed.
type Server struct {
	server   http.Server
	listener net.Listener
	ended    chan struct{}
}

// Serve listens at an address and shows what an exporter has.
func Serve(ctx context.Context, address string, e *Exporter) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	paths := http.NewServeMux()
	paths.Handle("GET "+Path, e)
	s := &Server{listener: listener, ended: make(chan struct{})}
	s.server = http.Server{
		Handler: paths, ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		MaxHeaderBytes: 1 << 16, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.ended)
		s.server.Serve(listener) // ends when it is closed
	}()
	return s, nil
}

// URL is where the numbers are.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + Path }

// Close ends the server, and waits for that.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.ended
	return err
}

// ServeHTTP shows the numbers.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, e.Text())
}
