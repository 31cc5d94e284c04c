package program

import "unsafe"

// Allocate returns size zero bytes that begin at a multiple of a cache line.
func Allocate(size int) []byte {
	if size == 0 {
		return nil
	}
	b := make([]byte, size+alignment)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (alignment - 1))
	return b[skip : skip+size : skip+size]
}
