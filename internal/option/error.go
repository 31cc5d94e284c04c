// Package option names options in errors, and reads numbers as people write them.
//
// A package that checks its options knows them by its own names; whoever composes a configuration
// from several packages knows where each stands in it. An [Error] keeps the names of options
// separate from the rest of the message, so that [Rename] can replace them.
package option

import (
	"errors"
	"fmt"
)

// Name is the name of an option in the arguments of [Errorf].
type Name string

// Error says what is wrong with one option.
type Error struct {
	Package string // that complains
	Path    Name   // of the option
	format  string
	args    []any
	cause   error
}

// Errorf complains about an option. The format goes on behind its name: "is %d: must be a multiple
// of %s (%d)". Names of further options among the arguments are given as a [Name], so that they are
// renamed along.
func Errorf(pkg string, path Name, format string, args ...any) error {
	return &Error{
		Package: pkg, Path: path, format: format, args: args,
		cause: errors.Unwrap(fmt.Errorf(format, args...)),
	}
}

// Error is the message: package, option, and what is wrong with it.
func (e *Error) Error() string { return e.Package + ": " + e.Message() }

// Message is the message without the package.
func (e *Error) Message() string {
	return string(e.Path) + " " + fmt.Errorf(e.format, e.args...).Error()
}

// Word is the value that is complained about, where it is a text: the first argument behind the
// format.
func (e *Error) Word() (word string, ok bool) {
	if len(e.args) > 0 {
		word, ok = e.args[0].(string)
	}
	return word, ok
}

// Unwrap returns the error that was formatted with %w, if any.
func (e *Error) Unwrap() error { return e.cause }

// Within prefixes the names of options in err with the name of the section that holds them, and
// replaces the package.
func Within(pkg string, part Name, err error) error {
	return Rename(pkg, err, func(name Name) Name { return part + "." + name })
}

// Rename returns err with all names of options replaced, and with the package that complains. Of
// joined errors it renames each; an error that is no [Error] stays as it is.
func Rename(pkg string, err error, rename func(Name) Name) error {
	return Each(err, func(e *Error) *Error {
		renamed := *e
		renamed.Package, renamed.Path, renamed.args = pkg, rename(e.Path), make([]any, len(e.args))
		for i, arg := range e.args {
			if name, ok := arg.(Name); ok {
				arg = rename(name)
			}
			renamed.args[i] = arg
		}
		return &renamed
	})
}

// Each replaces every [Error] of an error that may be joined of several.
func Each(err error, replace func(*Error) *Error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Error:
		return replace(e)
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, Each(one, replace))
		}
		return errors.Join(all...)
	}
	return err
}

// Noted returns the error with a remark behind its message.
func (e *Error) Noted(remark string) *Error {
	noted := *e
	noted.format, noted.args = e.format+"%s", append(append([]any(nil), e.args...), remark)
	return &noted
}
