package server

import (
	"net"
	"net/http"

	"github.com/dino-go/dino/internal/watch/page"
)

// NewOther returns the server of another page than that of runs, behind the same guard. It has the
// page's files, of which index.html is the page itself, and what api answers to requests below
// api/.
func NewOther(files map[string]page.File, api http.Handler, address net.Addr, names ...string) *Server {
	s := &Server{hosts: append([]string{"localhost"}, names...), files: files, api: api}
	if !isLoopback(address) {
		s.token = newToken()
	}
	return s
}
