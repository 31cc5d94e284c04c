package testkit

import (
	"strings"
	"testing"
)

// RequireError ends the test unless there is an error, and fails it for each text that the error
// lacks.
func RequireError(t testing.TB, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
}
