//go:build !unix

package cli

import (
	"errors"
	"syscall"
)

// raise would send a signal to this process, which this system has no way to do.
func raise(syscall.Signal) error { return errors.ErrUnsupported }
