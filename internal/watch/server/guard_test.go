package server

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Only names and addresses of this machine are answered: a name of somebody else that leads here is
// how a page of another site would read ours.
func TestHosts(t *testing.T) {
	dir := t.TempDir()
	local, bound := serve(t, dir, false), serve(t, dir, true)
	for host, want := range map[string]struct{ local, bound int }{
		"localhost": {200, 200}, "LOCALHOST.:8080": {200, 200}, "127.0.0.1:1": {200, 200}, "127.1.2.3": {200, 200},
		"[::1]:99": {200, 200}, "machine:80": {403, 200}, "MACHINE": {403, 200}, "192.0.2.1": {403, 200},
		"example.com": {403, 403}, "localhost.example.com": {403, 403}, "127.0.0.1.example.com": {403, 403},
		"machine.example.com": {403, 403},
	} {
		for _, c := range []struct {
			s     *served
			query string
			want  int
		}{{local, "", want.local}, {bound, "?token=" + bound.token, want.bound}} {
			response, _ := c.s.ask("GET", "/api/runs"+c.query, "", func(r *http.Request) { r.Host = host })
			if response.StatusCode != c.want {
				t.Errorf("%s, token %q: %d, want %d", host, c.query, response.StatusCode, c.want)
			}
		}
	}
}

// Bound elsewhere, nothing is answered without the token, which moves from the address into a
// cookie.
func TestToken(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "run"), 3)
	s := serve(t, dir, true)
	if len(s.token) != 32 || !strings.HasSuffix(s.URL("machine:80"), "/?token="+s.token) {
		t.Errorf("the address is %s", s.URL("machine:80"))
	}
	for _, path := range []string{"/", "/main.js", "/api/runs", "/api/run", "/api/curves", "/api/events"} {
		for _, query := range []string{"", "?token=", "?token=" + s.token[:31], "?token=" + strings.Repeat("0", 32)} {
			if response, body := s.ask("GET", path+query, "", nil); response.StatusCode != 401 ||
				strings.Contains(body, "step") {
				t.Errorf("%s%s: %d %s", path, query, response.StatusCode, body)
			}
		}
	}
	response, _ := s.ask("GET", "/?token="+s.token, "", nil)
	cookies := response.Cookies()
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/" || len(cookies) != 1 ||
		!cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("%d, %v", response.StatusCode, cookies)
	}
	if response, _ := s.ask("GET", "/api/runs", "",
		func(r *http.Request) { r.AddCookie(cookies[0]) }); response.StatusCode != 200 {
		t.Errorf("with the cookie: %d", response.StatusCode)
	}
	if local := serve(t, dir, false); local.token != "" {
		t.Error("the loopback device has a token")
	}
}

// Every answer has the policy, also one that refuses.
func TestPolicy(t *testing.T) {
	s := serve(t, t.TempDir(), false)
	for _, path := range []string{"/", "/main.js", "/api/runs", "/none", "/api/run?id=x"} {
		response, _ := s.ask("GET", path, "", nil)
		if got := response.Header.Get("Content-Security-Policy"); got != policy || strings.Contains(got, "unsafe") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// Notes are written for our own page only: a form or a script of another site is refused.
func TestOnlyThePageWrites(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "run"), 3)
	s := serve(t, dir, false)
	path := "/api/notes?id=" + s.runs.Runs()[0].ID
	for name, c := range map[string]struct {
		origin, kind string
		want         int
	}{
		"ours":        {"http://" + s.host, "application/json", 200},
		"another":     {"http://example.com", "application/json", 403},
		"other port":  {"http://127.0.0.1:1", "application/json", 403},
		"none":        {"", "application/json", 403},
		"a sandbox":   {"null", "application/json", 403},
		"a form":      {"http://" + s.host, "text/plain", 403},
		"no protocol": {s.host, "application/json", 403},
	} {
		response, body := s.ask("POST", path, `{"note":"`+name+`","tags":[]}`, func(r *http.Request) {
			r.Header.Set("Content-Type", c.kind)
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
		})
		if response.StatusCode != c.want {
			t.Errorf("%s: %d %s", name, response.StatusCode, body)
		}
	}
	if n, err := s.runs.Runs()[0].Notes(); err != nil || n.Note != "ours" {
		t.Errorf("%+v, %v", n, err)
	}
	if response, _ := s.ask("DELETE", "/api/notes", "", nil); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", response.StatusCode)
	}
}
