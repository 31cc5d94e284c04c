package runs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/usage"
)

func TestNotes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 1)
	r := Open(path, "run")
	if n, err := r.Notes(); err != nil || n.Note != "" || n.Tags == nil {
		t.Errorf("without notes: %+v, %v", n, err)
	}
	if err := r.SetNotes(Notes{"line\n<script>", []string{" a ", "b", "a", ""}}); err != nil {
		t.Fatal(err)
	}
	got, err := r.Notes()
	if diff := cmp.Diff(Notes{"line\n<script>", []string{"a", "b"}}, got); err != nil || diff != "" {
		t.Error(diff, err)
	}
	for _, wrong := range []Notes{
		{Note: strings.Repeat("x", maxNote+1)},
		{Note: "\xff"},
		{Tags: []string{strings.Repeat("x", maxTag+1)}},
		{Tags: []string{"a,b"}},
		{Tags: strings.Split(strings.Repeat("x ", 40)+"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "+
			"17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32", " ")},
	} {
		var use *usage.Error
		if err := r.SetNotes(wrong); !errors.As(err, &use) {
			t.Errorf("%.40v: %v", wrong, err)
		}
	}
	dir, err := rundir.Open(path) // a run takes the folder as its own all the same
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
}

// Notes that this program does not understand are not written over, and a link is not followed.
func TestNotesOfOthers(t *testing.T) {
	for name, text := range map[string]string{"version": `{"version":2,"note":"x"}`, "damage": "{"} {
		path := filepath.Join(t.TempDir(), "run")
		newRun(t, path, 1)
		file := filepath.Join(path, "notes.json")
		write(t, file, text)
		if err := Open(path, "run").SetNotes(Notes{Note: "y"}); err == nil {
			t.Errorf("%s: written over", name)
		}
		if got, _ := os.ReadFile(file); string(got) != text {
			t.Errorf("%s: the file is %q", name, got)
		}
	}
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 1)
	elsewhere := filepath.Join(t.TempDir(), "precious")
	if err := os.Symlink(elsewhere, filepath.Join(path, "notes.json")); err != nil {
		t.Fatal(err)
	}
	if err := Open(path, "run").SetNotes(Notes{Note: "y"}); err == nil {
		t.Error("written through a link")
	}
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("a file was made where the link leads")
	}
	if err := Open(t.TempDir(), "none").SetNotes(Notes{Note: "y"}); err == nil {
		t.Error("written into a folder that is no run")
	}
}
