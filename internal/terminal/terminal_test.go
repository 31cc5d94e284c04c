package terminal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"café 漢字 🙂 naïve £ ñ ﬁ": "café 漢字 🙂 naïve £ ñ ﬁ",
		// joiners that do their work
		"👩\u200d👩\u200d👧 ❤️\u200d🔥 نمی\u200cخواهم क्\u200dष": "👩\u200d👩\u200d👧 ❤️\u200d🔥 نمی\u200cخواهم क्\u200dष",
		"\u0600 is a visible sign":                 "\u0600 is a visible sign",
		"\x1b[2J\x1b]0;title\a":                    `\u001b[2J\u001b]0;title\u0007`,
		"a\nb\rc\td\be\ff\vg\x00h":                 `a\nb\rc\td\be\ff\u000bg\u0000h`,
		"\u009b31m\u0085\x7f":                      `\u009b31m\u0085\u007f`,
		"\u202egpj.exe\u202c \u2066x\u2069":        `\u202egpj.exe\u202c \u2066x\u2069`,
		"a\u200bb\u200cc\u200dd\ufeff\u2060\u00ad": `a\u200bb\u200cc\u200dd\ufeff\u2060\u00ad`,
		"\u2028\u2029\u200e\u200f\u061c":           `\u2028\u2029\u200e\u200f\u061c`,
		"\xff\x9b31m\xc3":                          `\xff\x9b31m\xc3`,
		"\U000e0041\u3164":                         `\udb40\udc41\u3164`,
		"\ufffd is a character":                    "\ufffd is a character",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Nothing that steers a terminal gets through either wall, whatever the text is.
func TestNothingDangerousGetsThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		var out bytes.Buffer
		fmt.Fprint(NewWriter(&out), text)
		for wall, got := range map[string]string{"line": Line(text), "writer": out.String()} {
			before := '\n'
			for i, r := range got {
				allowed := wall == "writer" && (r == '\n' || r == '\t' && before == '\n') ||
					joins(before, r, got[i+utf8.RuneLen(r):])
				if dangerous(r) && !allowed {
					t.Fatalf("%s: %q passes in %q", wall, r, got)
				}
				before = r
			}
			if !utf8.ValidString(got) {
				t.Fatalf("%s: %q is no UTF-8", wall, got)
			}
		}
	})
}

// JSON means the same behind the writer as before it.
func TestWriterKeepsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]string{"name": rapid.String().Draw(t, "name") + "\u009b\u202e\u2028\x7f\U000e0041\t\n"}
		var out bytes.Buffer
		e := json.NewEncoder(NewWriter(&out))
		e.SetIndent("", "\t")
		if err := e.Encode(want); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got["name"] != want["name"] {
			t.Fatalf("%q comes back as %q (%v)", want["name"], got["name"], err)
		}
	})
}

type shouting int

func (shouting) String() string { return "a\nb" }

// A value stays on its line, whatever its type; numbers and our own text are as fmt has them.
func TestSprintf(t *testing.T) {
	for _, c := range []struct {
		format string
		args   []any
		want   Text
	}{
		{"%s|%v|%q", []any{"a\nb", []string{"c\x1b"}, "d\n"}, `a\nb|[c\u001b]|"d\n"`},
		{"%-*s|%5.1f|%d", []any{4, "é", 1.25, shouting(7)}, `é   |  1.2|7`},
		{"%v %v", []any{errors.New("x\ny"), shouting(1)}, `x\ny a\nb`},
		{"%s", []any{Text("one\ntwo")}, "one\ntwo"},
		{"%v %t", []any{nil, true}, "<nil> true"},
	} {
		if got := Sprintf(c.format, c.args...); got != c.want {
			t.Errorf("%q: %q, want %q", c.format, got, c.want)
		}
	}
	var b Builder
	b.Printf("%s\n", "a\nb")
	b.Printf("%s", Lines([]string{"c\n", "d"}, "\n  "))
	if got, want := b.Text(), Text("a\\nb\nc\\n\n  d"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	text := "\tone\ttwo\r\n\tthree\x1b[m"
	if n, err := fmt.Fprint(w, text); n != len(text) || err != nil {
		t.Errorf("%d, %v, want %d", n, err, len(text))
	}
	Control(w, "\r  \r")
	if got, want := out.String(), "\tone\\ttwo\\r\n\tthree\\u001b[m\r  \r"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, ok := file(w); ok || Is(w) || Width(w) != 0 {
		t.Error("a buffer is taken for a file")
	}
	for _, w := range []io.Writer{os.Stdout, NewWriter(os.Stdout)} {
		if f, ok := file(w); !ok || f.Fd() != os.Stdout.Fd() {
			t.Errorf("the file behind a %T is another", w)
		}
	}
	if _, err := NewWriter(broken{}).Write([]byte("x")); err == nil {
		t.Error("an error of the file is lost")
	}
	if strings.Contains(Line("x"), "\\") {
		t.Error("plain text is escaped")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("closed") }
