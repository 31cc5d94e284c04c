package runs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/run/rundir"
)

// A run that goes on is seen at the next look, not at the next search.
func TestRunThatGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 3)
	age(t, path, time.Hour)
	c, err := NewCollection([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.Refresh(now, func() {})
	dir, err := rundir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if !ReadLocks().Held(filepath.Join(path, ".lock")) {
		t.Skip("this system does not show who holds a lock")
	}
	before := c.Runs()[0].Summary().State
	c.Refresh(now.Add(time.Second), func() {})
	if after := c.Runs()[0].Summary().State; before != Crashed || after != Running {
		t.Errorf("%s, then %s", before, after)
	}
}

// New runs are found, those that are gone stay in that state.
func TestCollection(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "b"), 3)
	c, err := NewCollection([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	refresh := func(now time.Time) (changed bool) {
		c.Refresh(now, func() { changed = true })
		return changed
	}
	if !refresh(now) || refresh(now.Add(time.Second)) {
		t.Error("a first look is new, a second is not")
	}
	newRun(t, filepath.Join(dir, "a"), 3)
	if err := os.RemoveAll(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	if !refresh(now.Add(11 * time.Second)) {
		t.Error("nothing is new")
	}
	states := map[string]State{}
	for _, r := range c.Runs() {
		states[r.Name] = r.Summary().State
	}
	if diff := cmp.Diff(map[string]State{"b": Gone, "a": Running}, states); diff != "" {
		t.Error(diff)
	}
	if r := c.Run(c.Runs()[1].ID); r == nil || r.Name != "a" || c.Run("none") != nil {
		t.Error("runs are not found by their ids")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if refresh(now.Add(22 * time.Second)); len(c.Runs()) != 2 {
		t.Error("a folder that is away for a moment loses its runs")
	}
}
