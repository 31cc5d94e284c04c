package progress

import (
	"io"

	"github.com/dino-go/dino/internal/terminal"
)

// Streams are the outputs of a command.
type Streams interface {
	OutOrStdout() io.Writer
	ErrOrStderr() io.Writer
}

// For returns the printer of a command whose results go to standard output: how it is getting on,
// what it notes and what it leaves out go to standard error, so that the results can be piped into
// another program while a person watches.
func For(s Streams, quiet, asJSON bool) *Printer {
	aside := s.ErrOrStderr()
	return &Printer{out: aside, results: s.OutOrStdout(), mode: ModeFor(aside, quiet, asJSON)}
}

// Result prints a line that stays, or the object of an event, as [Printer.Event] does, to where
// results go.
func (p *Printer) Result(name string, fields Fields, format string, args ...any) {
	p.print(p.results, name, fields, terminal.Sprintf(format, args...))
}
