package bounded

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Lines pass as they are up to the bound, and one that never ends is an error.
func TestLines(t *testing.T) {
	longest := strings.Repeat("x", MaxLine)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":  func(r io.Reader) io.Reader { return r },
		"halves": iotest.HalfReader,
	} {
		text := "a\n\n" + longest + "\nb"
		if got, err := io.ReadAll(Lines(wrap(strings.NewReader(text)))); err != nil || string(got) != text {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(text), err)
		}
		for _, end := range []string{"", "\n", "\nb\n"} {
			if _, err := io.ReadAll(Lines(wrap(strings.NewReader("a\n\nx" + longest + end)))); err == nil ||
				!strings.Contains(err.Error(), "line 3 has more than") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n, err := io.Copy(io.Discard, Lines(io.MultiReader(bytes.NewReader([]byte("a\n")), zeros{}))); err == nil ||
		n > 2*MaxLine {
		t.Errorf("%d bytes of a line without end, %v", n, err)
	}
}

// Whole lines are shown until somebody has seen enough; what is torn is not, and an error is told.
func TestEachLine(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want []string
	}{
		{"", 9, nil},
		{"torn", 9, nil},
		{"a\n\nb\ntorn", 9, []string{"a\n", "\n", "b\n"}},
		{"a\nb\nc\n", 2, []string{"a\n", "b\n"}},
	} {
		var got []string
		err := EachLine(strings.NewReader(c.text), func(line []byte) bool {
			got = append(got, string(line))
			return len(got) < c.most
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
	if err := EachLine(zeros{}, func([]byte) bool { return true }); err == nil ||
		!strings.Contains(err.Error(), "line 1 has more than") {
		t.Errorf("a line without end: %v", err)
	}
}
