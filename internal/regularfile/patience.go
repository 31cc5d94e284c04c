package regularfile

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// waits are the pauses between two tries of what failed for a reason that may pass: two seconds in
// all.
var waits = []time.Duration{
	10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond,
	600 * time.Millisecond, 1140 * time.Millisecond,
}

// lasting are the errors of the system that no second try changes: they are about the path, not
// about the moment.
var lasting = []error{
	fs.ErrNotExist, fs.ErrExist, fs.ErrInvalid, fs.ErrClosed, ErrKind,
	syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ENXIO,
}

// Patiently calls do again, with growing pauses, as long as it fails with an error of the system
// that may pass: too many open files, a fault of the disk or the network, no memory, no permission
// at the moment. Its last error is returned with the system's name for it.
func Patiently(do func() error) error {
	begun := time.Now()
	for _, wait := range waits {
		if err := do(); !MayPass(err) {
			return err
		}
		time.Sleep(wait)
	}
	err := do()
	if !MayPass(err) {
		return err
	}
	tried := func(err error) error {
		return fmt.Errorf("%w (%s; tried %d times in %.1f s)", err, advice(err), len(waits)+1,
			time.Since(begun).Seconds())
	}
	if path, ok := err.(*fs.PathError); ok { // stays one, for those who name the path themselves
		return &fs.PathError{Op: path.Op, Path: path.Path, Err: tried(path.Err)}
	}
	return tried(err)
}

// MayPass tells whether an error is one of the system that a later try may not meet.
func MayPass(err error) bool {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return false
	}
	for _, l := range lasting {
		if errors.Is(err, l) {
			return false
		}
	}
	return true
}

// advice names an error of the system, and says what helps against it.
func advice(err error) string {
	var number syscall.Errno
	errors.As(err, &number)
	name := errnoName(number)
	switch {
	case errors.Is(err, syscall.EMFILE):
		return name + ": raise the limit of open files, ulimit -n"
	case errors.Is(err, syscall.ENFILE):
		return name + ": the whole system has too many files open"
	case errors.Is(err, fs.ErrPermission):
		return name + ": make the file readable"
	}
	return name + ": repair the disk or the connection, or wait until it is back"
}

// ReadPatiently is [ReadFile] with the patience of [Patiently], for a file of many in a long run.
// One of more bytes than most is [ErrSize].
func ReadPatiently(path string, most int64) (content []byte, err error) {
	err = Patiently(func() error {
		content, err = readFile(path, most)
		return err
	})
	return content, err
}
