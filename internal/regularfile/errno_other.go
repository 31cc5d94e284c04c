//go:build !unix

package regularfile

import (
	"fmt"
	"syscall"
)

// errnoName is the number of an error of the system.
func errnoName(number syscall.Errno) string { return fmt.Sprintf("error %d", uint(number)) }
