package main

import "syscall"

// limitMemory bounds the address space of the tests to come: a mutant that allocates without end
// must not take the machine with it.
func limitMemory(bytes uint64) {
	limit := syscall.Rlimit{Cur: bytes, Max: bytes}
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &limit) // where it is refused, a lower limit holds already
}
