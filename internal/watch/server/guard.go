package server

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// policy lets the page load what is its own and nothing else, and be in no frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses requests that do not come from our own page in the browser of whom it is for.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		switch {
		case !s.isHost(r.Host):
			fail(w, http.StatusForbidden, "this page is not served under that host name: use localhost, the machine's "+
				"name or its address")
		case !s.hasToken(r):
			fail(w, http.StatusUnauthorized, "the token is missing or wrong: open the address that was printed with it")
		case r.Method == http.MethodPost && !sameOrigin(r):
			fail(w, http.StatusForbidden, "only the page itself may change something")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isHost tells whether a request was sent to this machine by a name or address of its own. A site
// that lets its name lead here (DNS rebinding) is another.
func (s *Server) isHost(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	address := net.ParseIP(host)
	if s.token == "" {
		return host == "localhost" || address != nil && address.IsLoopback()
	}
	return address != nil || slices.ContainsFunc(s.hosts,
		func(name string) bool { return strings.EqualFold(name, host) })
}

// hasToken looks for the token in the address and among the cookies.
func (s *Server) hasToken(r *http.Request) bool {
	if s.token == "" {
		return true
	}
	given := r.URL.Query().Get("token")
	if cookie, err := r.Cookie(cookieName(r)); err == nil && given == "" {
		given = cookie.Value
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) == 1
}

// sameOrigin tells whether our page sent a request. A browser states the origin of every POST.
func sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Scheme == "http" && origin.Host == r.Host &&
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}
