package testkit

import (
	"os"
	"strings"
	"testing"
)

// Passage keeps the part of a Markdown file between the lines "<!-- make TARGET -->" and "<!-- end
// -->" equal to text, which the code says. With update it writes it there; else a difference fails
// the test.
func Passage(t testing.TB, path, target, text string, update bool) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(file)
	want, ok := withPassage(got, target, text)
	switch {
	case !ok:
		t.Fatalf("%s has no place for what `make %s` writes, between %q and %q", path, target, passageBegin(target),
			passageEnd)
	case got == want:
	case update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s says another thing than the code: run `make %s`", path, target)
	}
}

const passageEnd = "<!-- end -->"

func passageBegin(target string) string { return "<!-- make " + target + " -->\n" }

// withPassage puts text in the place of the passage, and tells whether there is one.
func withPassage(file, target, text string) (string, bool) {
	before, rest, found := strings.Cut(file, passageBegin(target))
	_, after, ended := strings.Cut(rest, passageEnd)
	return before + passageBegin(target) + "\n" + text + "\n" + passageEnd + after, found && ended
}
