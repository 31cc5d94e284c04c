package gemm

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/spare"
)

// workspace is the memory that one goroutine needs for its part of a product. Workspaces are kept
// and used again, as many as there have been goroutines at once.
type workspace struct {
	a     []float32 // packed rows of A
	b     []float32 // packed columns of B
	c     []float32 // tiles of C before the epilogue
	wide  []float32 // bfloat16 lines on the way to be packed as float32
	strip strip     // over b
	tile  tile
	runs  [2]run
	lines lines
}

var workspaces spare.Stack[workspace]

func acquire() *workspace { return workspaces.Get() }

func (w *workspace) release() {
	w.tile, w.runs, w.strip = tile{}, [2]run{}, strip{}
	workspaces.Put(w)
}

// vector is the size of the largest vector, and of a cache line, in float32.
const vector = 16

// grow returns n elements that begin a cache line; it takes those of *buffer if it has enough.
func grow(buffer *[]float32, n int) []float32 {
	if len(*buffer) < n {
		*buffer = aligned(n + n/4)
	}
	return (*buffer)[:n]
}

// aligned allocates n elements that begin a cache line.
func aligned(n int) []float32 {
	s := make([]float32, n+vector)
	skip := -uintptr(unsafe.Pointer(&s[0])) / 4 % vector
	return s[skip : int(skip)+n : int(skip)+n]
}
