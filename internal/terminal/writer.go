package terminal

import (
	"io"

	"golang.org/x/term"
)

// Writer escapes control and invisible characters in what is written through it. Line
// breaks pass, and tabs that begin a line. The escapes are those of JSON, so that JSON keeps its
// meaning to the letter. Every Write must hold whole characters, as those of package fmt do.
type Writer struct {
	out     io.Writer
	colored bool // see Paint
}

// NewWriter returns a Writer in front of out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Write implements [io.Writer].
func (w *Writer) Write(p []byte) (int, error) {
	text := escape(string(p), func(r rune, begins bool) bool { return r == '\n' || r == '\t' && begins })
	if _, err := io.WriteString(w.out, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Control writes our own text, in which control characters are meant, to what may be a [Writer].
func Control(w io.Writer, text string) {
	if guarded, ok := w.(*Writer); ok {
		w = guarded.out
	}
	io.WriteString(w, text)
}

// descriptor is what can be asked for its file descriptor, as an os.File can.
type descriptor interface{ Fd() uintptr }

// file is the file that w writes to, directly or through a [Writer]; ok is false where it is none.
func file(w io.Writer) (f descriptor, ok bool) {
	if guarded, through := w.(*Writer); through {
		w = guarded.out
	}
	f, ok = w.(descriptor)
	return f, ok
}

// Is tells whether w writes to a terminal.
func Is(w io.Writer) bool {
	f, ok := file(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is that of the terminal in characters; 0 where it is not known.
func Width(w io.Writer) int {
	f, ok := file(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
