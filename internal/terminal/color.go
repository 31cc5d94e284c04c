package terminal

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/spelling"
)

// When says when text is coloured. It is a pflag.Value.
type When string

// The values of a [When].
const (
	Auto   When = "auto" // on a terminal, unless NO_COLOR is set or TERM is dumb
	Always When = "always"
	Never  When = "never"
)

// Whens are the values of a [When].
func Whens() []string { return []string{string(Auto), string(Always), string(Never)} }

// Set takes one of [Whens].
func (w *When) Set(text string) error {
	if !slices.Contains(Whens(), text) {
		return fmt.Errorf("must be one of %s%s", strings.Join(Whens(), ", "), spelling.DidYouMean(text, Whens()))
	}
	*w = When(text)
	return nil
}

// String is what Set takes.
func (w *When) String() string { return string(*w) }

// Type is the name of the flag's argument in help.
func (w *When) Type() string { return "auto|always|never" }

// Color is how a text is set off.
type Color string

// The colours, by what they say; none is the only sign of it.
const (
	Plain   Color = ""
	Problem Color = "\x1b[1;31m" // bold red: an error
	Caution Color = "\x1b[33m"   // yellow: a note, an image that is left out
	Aside   Color = "\x1b[2m"    // faint: how things are getting on
)

const reset = "\x1b[0m"

// Paint makes the writer colour what [Colored] is asked about, or not.
func (w *Writer) Paint(when When) {
	w.colored = when == Always ||
		when == Auto && Is(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Colored is a text of our own in a colour, for [Control]: as it is, unless the writer is one that
// colours.
func Colored(w io.Writer, c Color, text string) string {
	if guarded, ok := w.(*Writer); !ok || !guarded.colored || c == Plain || text == "" {
		return text
	}
	return string(c) + text + reset
}

// Fprintln writes a line, in a colour where the writer colours. What could steer the terminal is
// escaped as ever.
func Fprintln(w io.Writer, c Color, line string) {
	guarded, ok := w.(*Writer)
	if !ok || !guarded.colored || c == Plain {
		fmt.Fprintln(w, line)
		return
	}
	Control(w, string(c))
	fmt.Fprint(w, line)
	Control(w, reset+"\n")
}
