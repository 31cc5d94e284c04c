package server

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dino-go/dino/internal/watch/page"
)

// Another page stands behind the same guard: foreign hosts, and elsewhere requests without the
// token, see neither its files nor its answers, and it has none of those of runs.
func TestOther(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "answer to "+r.URL.Path) })
	files := map[string]page.File{"index.html": {Type: "text/html", Content: []byte("page")}}
	local := NewOther(files, api, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, "machine")
	bound := NewOther(files, api, elsewhere{}.Addr(), "machine")
	if local.token != "" || len(bound.token) != 32 {
		t.Fatalf("tokens %q and %q", local.token, bound.token)
	}
	ask := func(s *Server, method, target, host string) *httptest.ResponseRecorder {
		request, w := httptest.NewRequest(method, target, nil), httptest.NewRecorder()
		request.Host = host
		s.Handler().ServeHTTP(w, request)
		if w.Header().Get("Content-Security-Policy") != policy {
			t.Errorf("%s has no policy", target)
		}
		return w
	}
	for _, c := range []struct {
		s                    *Server
		method, target, host string
		code                 int
		body                 string
	}{
		{local, "GET", "/", "localhost:1", 200, "page"},
		{local, "GET", "/api/map", "127.0.0.1", 200, "answer to /api/map"},
		{local, "GET", "/api/runs", "localhost", 200, "answer to /api/runs"},
		{local, "POST", "/api/notes", "localhost", 403, ""},
		{local, "GET", "/main.js", "localhost", 404, ""},
		{local, "GET", "/api/map", "example.com", 403, ""},
		{local, "GET", "/", "example.com", 403, ""},
		{bound, "GET", "/api/map", "machine", 401, ""},
		{bound, "GET", "/", "machine", 401, ""},
		{bound, "GET", "/api/map?token=" + bound.token, "machine", 200, "answer to /api/map"},
		{bound, "GET", "/api/map?token=" + bound.token, "example.com", 403, ""},
	} {
		w := ask(c.s, c.method, c.target, c.host)
		if w.Code != c.code || c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s %s of %s: %d %s, want %d %s", c.method, c.target, c.host, w.Code, w.Body, c.code, c.body)
		}
	}
}
