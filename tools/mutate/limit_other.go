//go:build !linux

package main

// limitMemory does nothing where the system has no such limit.
func limitMemory(uint64) {}
