//go:build unix

package regularfile

import "syscall"

const (
	noBlock  = syscall.O_NONBLOCK | syscall.O_NOCTTY // of no effect on a regular file
	noFollow = syscall.O_NOFOLLOW
)
