package program

import (
	"unsafe"
)

// Frame is the memory of one running execution: where each slot lies, and the arena that most of
// them lie in. Frames are reused.
type Frame struct {
	mem     [][]byte
	arena   []byte
	program *Program
	kernel  *Kernel
	body    func(task int)
	nested  []*Frame // of the control-flow kernels, by Kernel.Nested
}

// Bytes is the memory of a slot.
func (f *Frame) Bytes(slot int) []byte { return f.mem[slot] }

// View is the memory of a slot as elements of T; the slot's size must be a multiple of theirs.
func View[T any](f *Frame, slot int) []T { return Cast[T](f.mem[slot]) }

// Cast views bytes as elements of T.
func Cast[T any](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}

// CastBytes views elements as bytes.
func CastBytes[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t)))
}
