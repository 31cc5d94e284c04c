package terminal

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/term"
)

func TestColors(t *testing.T) {
	for _, c := range []struct {
		when         When
		color        Color
		line, colour string
	}{
		{Always, Problem, "\x1b[1;31ma\\u001b[2Jb\x1b[0m\n", "\x1b[1;31mx\x1b[0m"},
		{Always, Plain, "a\\u001b[2Jb\n", "x"},
		{Auto, Problem, "a\\u001b[2Jb\n", "x"}, // no terminal
		{Never, Problem, "a\\u001b[2Jb\n", "x"},
	} {
		var out bytes.Buffer
		w := NewWriter(&out)
		w.Paint(c.when)
		Fprintln(w, c.color, "a\x1b[2Jb")
		if out.String() != c.line || Colored(w, c.color, "x") != c.colour {
			t.Errorf("%s %q: %q and %q", c.when, c.color, out.String(), Colored(w, c.color, "x"))
		}
	}
	if got := Colored(&bytes.Buffer{}, Problem, "x"); got != "x" {
		t.Errorf("what is no writer of ours is coloured: %q", got)
	}
}

func TestWhen(t *testing.T) {
	var w When
	for _, text := range Whens() {
		if err := w.Set(text); err != nil || w.String() != text {
			t.Errorf("%s: %v, %v", text, w, err)
		}
	}
	if err := w.Set("alwyas"); err == nil || err.Error() != "must be one of auto, always, never; did you mean always?" {
		t.Errorf("got %v", err)
	}
}

// On a terminal text is coloured, unless NO_COLOR is set or the terminal is dumb.
func TestAuto(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer tty.Close()
	if !term.IsTerminal(int(tty.Fd())) {
		t.Skip("/dev/ptmx is no terminal here")
	}
	for _, c := range []struct {
		noColor, term string
		want          bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		w := NewWriter(tty)
		w.Paint(Auto)
		if got := Colored(w, Caution, "x") != "x"; got != c.want {
			t.Errorf("NO_COLOR=%s TERM=%s: coloured %v, want %v", c.noColor, c.term, got, c.want)
		}
		if w.Paint(Always); Colored(w, Caution, "x") == "x" {
			t.Error("--color always is overruled")
		}
	}
}
