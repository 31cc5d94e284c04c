package usage

import (
	"context"
	"fmt"
)

// interrupted is the error of a command that was interrupted and says itself what is left of it.
type interrupted struct{ text string }

// Interrupted says that a command was interrupted, what it kept, and how to go on. It is a
// [context.Canceled].
func Interrupted(format string, args ...any) error { return &interrupted{fmt.Sprintf(format, args...)} }

// Error returns the message.
func (e *interrupted) Error() string { return e.text }

// Unwrap returns [context.Canceled].
func (e *interrupted) Unwrap() error { return context.Canceled }

// IsInterrupted tells whether an error is one of [Interrupted] and not of what was called alone.
func IsInterrupted(err error) bool {
	_, ok := err.(*interrupted)
	return ok
}
