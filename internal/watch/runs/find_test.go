package runs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(found []*Run) (names []string) {
	for _, r := range found {
		names = append(names, r.Name)
	}
	return names
}

// A folder of more folders than are looked at says so, and a folder of many files is none.
func TestFindIsBounded(t *testing.T) {
	s := search{root: t.TempDir(), seen: map[string]bool{}, folders: maxFolders - 1}
	for _, run := range []string{"a", "b"} {
		newRun(t, filepath.Join(s.root, run), 1)
		write(t, filepath.Join(s.root, run+".jpg"), "")
	}
	s.look(s.root, 0)
	if len(s.found) != 1 || s.folders <= maxFolders {
		t.Errorf("found %d runs in %d folders", len(s.found), s.folders)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, run := range []string{"b", "a", "deep/er/c", "too/deep/for/d", ".hidden/e", "a/inside"} {
		newRun(t, filepath.Join(dir, run), 1)
	}
	write(t, filepath.Join(dir, "project", "config.yaml"), "x: 1") // somebody else's
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	found, more, err := Find([]string{dir})
	if err != nil || more {
		t.Fatal(more, err)
	}
	if diff := cmp.Diff([]string{"a", "b", "deep/er/c"}, names(found)); diff != "" {
		t.Error(diff)
	}
	again, _, err := Find([]string{filepath.Join(dir, "a"), dir, filepath.Join(dir, "b")})
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(dir)
	if diff := cmp.Diff([]string{"a", base + "/b", base + "/deep/er/c"}, names(again)); diff != "" {
		t.Error(diff)
	}
	if again[0].ID != found[0].ID || found[0].ID == found[1].ID {
		t.Error("the ids are no function of the path")
	}
	if empty, _, err := Find([]string{t.TempDir()}); err != nil || len(empty) != 0 {
		t.Errorf("%v, %v", empty, err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "a", "config.yaml")} {
		if _, _, err := Find([]string{path}); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
