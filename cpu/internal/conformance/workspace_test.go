package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWorkspaceJoinsTheCheckout(t *testing.T) {
	w := workspace{folder: t.TempDir()}
	if err := w.join("/somewhere/dino"); err != nil {
		t.Fatal(err)
	}
	work, err := os.ReadFile(filepath.Join(w.folder, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"use ./gomlx\n", "use /somewhere/dino\n",
		"replace github.com/gomlx/go-xla => ./go-xla\n",
	} {
		if !strings.Contains(string(work), want) {
			t.Errorf("go.work lacks %q:\n%s", want, work)
		}
	}
	if _, err := os.Stat(filepath.Join(w.folder, "go-xla/go.mod")); err != nil {
		t.Error(err)
	}
}
