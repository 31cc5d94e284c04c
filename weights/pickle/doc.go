// Package pickle reads values from Python's pickle format without running any
// code: the classes and functions that a pickle may name are those that the
// caller provides.
//
// It knows the opcodes of protocols 2 to 4 that PyTorch's files consist of, and
// the older ones for byte strings that Python 2 wrote. Everything else is an
// error. Memory is bounded: what a pickle makes costs no more than the caller
// allows, whatever its text is.
//
// Tests: oracle (each opcode by hand), bad input, fuzz.
package pickle
