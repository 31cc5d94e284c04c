package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mustOpen(t *testing.T, path string) *Appender {
	t.Helper()
	a, err := OpenAppender(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestAppender(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if _, err := ContinueAppender(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("to go on with nothing: %v", err)
	}
	for i := range 3 {
		a := mustOpen(t, path)
		if err := a.Append(fmt.Appendf(nil, "%d\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	a := mustOpen(t, path)
	if err := a.Truncate(4); err != nil {
		t.Fatal(err)
	}
	if err := a.Append([]byte("9\n")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "0\n1\n9\n" {
		t.Errorf("got %q", got)
	}
	if _, err := CreateAppender(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("to create what is there: %v", err)
	}
}

// A log that is no longer at its path takes nothing: it would be lost.
func TestAppenderRemoved(t *testing.T) {
	for name, remove := range map[string]func(path string) error{
		"removed":        os.Remove,
		"folder removed": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
		"moved":          func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
		"a link to itself": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.Symlink(path+".old", path))
		},
	} {
		path := filepath.Join(t.TempDir(), "run", "log")
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		a := mustOpen(t, path)
		if err := a.Append([]byte("1\n")); err != nil {
			t.Fatal(err)
		}
		if err := remove(path); err != nil {
			t.Fatal(err)
		}
		if err := a.Append([]byte("2\n")); err == nil ||
			!strings.Contains(err.Error(), path+" was removed, moved or replaced") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAppenderOfALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(target, []byte("precious"), 0o600), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAppender(link); err == nil ||
		!strings.Contains(err.Error(), "is not a regular file but a symbolic link") {
		t.Errorf("got %v", err)
	}
	if got := read(t, target); got != "precious" {
		t.Errorf("the target is %q", got)
	}
}
