package progress

import (
	"bytes"
	"testing"

	"github.com/dino-go/dino/internal/terminal"
)

// Notes, what is left out and how things are getting on are set off where there is colour; results
// are not.
func TestColors(t *testing.T) {
	var text bytes.Buffer
	out := terminal.NewWriter(&text)
	out.Paint(terminal.Always)
	p := New(out, Terminal)
	p.Count(Count{Done: 1, Total: 2, What: "images"})
	p.Note("a note")
	p.Result("done", nil, "12 %%")
	want := "\r\x1b[2m1 of 2 images\x1b[0m\r             \r\x1b[33ma note\x1b[0m\n12 %\n"
	if text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}
