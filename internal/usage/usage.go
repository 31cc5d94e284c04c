// Package usage marks errors in how a command was called: wrong flags, configuration or input.
// Nothing has been done when one is returned.
package usage

import (
	"errors"
	"fmt"
)

// ErrUse is what every [Error] is, for errors.Is.
var ErrUse = errors.New("wrong use")

// Error is an error in the use of a command.
type Error struct{ Err error }

// Error returns the message.
func (e *Error) Error() string { return e.Err.Error() }

// Is tells that the error is [ErrUse].
func (e *Error) Is(target error) bool { return target == ErrUse }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf formats an [Error] like fmt.Errorf.
func Errorf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// Wrap marks err, unless it is nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	return &Error{err}
}
