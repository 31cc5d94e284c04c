package gemm

import (
	"testing"
	"unsafe"
)

// TestGrow checks that memory begins at a cache line for any number of elements, and is reused
// while it is large enough.
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
