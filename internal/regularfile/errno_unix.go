//go:build unix

package regularfile

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoName is the system's name for an error: EMFILE.
func errnoName(number syscall.Errno) string { return unix.ErrnoName(number) }
