package cpu

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"
)

// TestBackend runs compute's conformance tests for backends.
func TestBackend(t *testing.T) {
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	backendtest.RunAll(t, b, nil)
}
