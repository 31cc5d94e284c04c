package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEquivalents(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "list"),
		"# a comment\n\na.go\tf\tg() → (removed)\tg does nothing\na.go\tf\th() → (removed)\tgone\nb.go\tf\th() → "+
			"(removed)\telsewhere\n")
	list, err := readEquivalents(path)
	if err != nil || len(list) != 3 {
		t.Fatalf("read %v, %v", list, err)
	}
	all := mutantsOf(t, "func f() { g(); i() }")
	kept, n := list.without(all)
	if n != 1 || len(kept) != 1 || kept[0].change != "i() → (removed)" {
		t.Errorf("kept %v and left out %d", kept, n)
	}
	stale := list.stale([]source{*all[0].source})
	if want := list[1:2]; !slices.Equal(stale, want) {
		t.Errorf("stale entries are %v, want %v", stale, want)
	}
}

func TestEquivalentsOfNoFile(t *testing.T) {
	if list, err := readEquivalents(filepath.Join(t.TempDir(), "missing")); err != nil || list != nil {
		t.Errorf("a missing list reads %v, %v", list, err)
	}
}

func TestEquivalentNeedsAReason(t *testing.T) {
	for _, line := range []string{"a.go\tf\tg() → (removed)", "a.go\tf\tg() → (removed)\t", "a.go f g() none"} {
		path := write(t, filepath.Join(t.TempDir(), "list"), line+"\n")
		if _, err := readEquivalents(path); err == nil || !strings.Contains(err.Error(), "list:1") {
			t.Errorf("%q gives the error %v", line, err)
		}
	}
}

func TestCommittedListReads(t *testing.T) {
	if _, err := readEquivalents("equivalent.txt"); err != nil {
		t.Error(err)
	}
}
