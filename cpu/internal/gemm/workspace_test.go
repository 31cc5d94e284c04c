package gemm

import (
	"testing"
	"unsafe"
)

// TestGrow wants memory for each number of elements, at a cache line, and the same again while it
// is enough.
func TestGrow(t *testing.T) {
	var buffer []float32
	for n := range 200 {
		had := len(buffer)
		s := grow(&buffer, n)
		if len(s) != n || n > 0 && uintptr(unsafe.Pointer(&s[0]))%(4*vector) != 0 {
			t.Fatalf("for %d elements there are %d at %p", n, len(s), s)
		}
		if n <= had && len(buffer) != had {
			t.Errorf("%d elements took new memory, where there were %d", n, had)
		}
	}
}
