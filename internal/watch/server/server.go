// Package server shows runs on a local page: overview, answers, curves, map, pictures,
// configuration, bad images and notes, live by server-sent events.
//
// Whoever can reach the page sees the runs, so it is bound to the loopback device unless asked
// otherwise, and elsewhere it wants a token. A page of another site in the same browser gets
// nothing: the host of a request must be this machine, nothing is answered to other origins, and
// notes are written for our own page only.
//
// Tests: property (who is refused), known answer (what is answered), bad input.
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dino-go/dino/internal/watch/page"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Server is the page of some runs.
type Server struct {
	runs  *runs.Collection
	token string   // empty where none is wanted
	hosts []string // names by which the page may be asked for, beside addresses
	logs  memory
	maps  *maps
	hub   *hub
	files map[string]page.File
	api   http.Handler // of another page; nil for that of runs
}

// New returns the server for a listener's address. Where that is not of the loopback device there
// is a token. Further names of this machine are those by which a browser may ask for it.
func New(collection *runs.Collection, address net.Addr, names ...string) *Server {
	s := &Server{
		runs: collection, hosts: append([]string{"localhost"}, names...), hub: newHub(collection), files: page.Files(),
		maps: newMaps(),
	}
	if !isLoopback(address) {
		s.token = newToken()
	}
	return s
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func newToken() string {
	random := make([]byte, 16)
	rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// URL is the address of the page on a host, with the token.
func (s *Server) URL(host string) string {
	url := "http://" + host + "/"
	if s.token != "" {
		url += "?token=" + s.token
	}
	return url
}

// Handler answers all requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /{file}", s.file)
	if s.api != nil {
		mux.Handle("GET /api/", s.api)
		return s.guard(mux)
	}
	mux.HandleFunc("GET /api/runs", s.getRuns)
	mux.HandleFunc("GET /api/run", s.getRun)
	mux.HandleFunc("GET /api/curves", s.getCurves)
	mux.HandleFunc("GET /api/pictures", s.getDrawn)
	mux.HandleFunc("GET /api/sheet", s.getSheet)
	mux.HandleFunc("GET /api/events", s.getEvents)
	mux.HandleFunc("GET /api/map", s.getMap)
	mux.HandleFunc("GET /api/map/umap", s.getUMAP)
	mux.HandleFunc("GET /api/map/pictures", s.getPictures)
	mux.HandleFunc("GET /api/map/image", s.getImage)
	mux.HandleFunc("POST /api/notes", s.postNotes)
	return s.guard(mux)
}

// Serve answers at a listener until the context ends.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		BaseContext:    func(net.Listener) context.Context { return ctx }, // ends the streams
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ctx.Done():
			soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if server.Shutdown(soon) != nil {
				server.Close()
			}
		case <-ended:
		}
	}()
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// index is the page itself. A token in its address moves into a cookie, so that it does not stay in
// the address bar.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	if s.token != "" && r.URL.Query().Get("token") != "" {
		http.SetCookie(w, &http.Cookie{
			Name: cookieName(r), Value: s.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.serve(w, "index.html")
}

func (s *Server) file(w http.ResponseWriter, r *http.Request) { s.serve(w, r.PathValue("file")) }

func (s *Server) serve(w http.ResponseWriter, name string) {
	f, ok := s.files[name]
	if !ok {
		fail(w, http.StatusNotFound, "there is no such file")
		return
	}
	w.Header().Set("Content-Type", f.Type)
	w.Write(f.Content)
}

// cookieName is another for each port: browsers keep cookies by host alone.
func cookieName(r *http.Request) string {
	_, port, _ := strings.Cut(r.Host[strings.LastIndex(r.Host, "]")+1:], ":")
	return "dino-watch-" + port
}
