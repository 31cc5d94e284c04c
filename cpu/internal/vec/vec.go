// Package vec has the loops over contiguous float32 (and bfloat16) slices that an engine spends its
// time in: elementwise functions, reductions and the rows of softmax and layer norm.
//
// Rules for all functions: the slices of one call have equal lengths unless said otherwise, and a
// function panics where they do not; dst may be the same slice as an input, but must not overlap
// one otherwise; NaN and infinities follow package math; a result depends on the values and the
// length alone, not on the alignment of the slices or the number of threads.
//
// Each function has a portable loop beside its declaration; faster kernels, in files named after
// their instruction set, take its place when the program starts on a processor that has them.
package vec

import "fmt"

// equal panics unless two lengths are the same.
func equal(name string, n, m int) {
	if n != m {
		panic(fmt.Errorf("vec: %s of slices with %d and %d elements: must be equal", name, n, m))
	}
}

// equal3 panics unless three lengths are the same.
func equal3(name string, n, m, k int) {
	if n != m || n != k {
		panic(fmt.Errorf("vec: %s of slices with %d, %d and %d elements: must be equal", name, n, m, k))
	}
}
