package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// watched records what the system is asked for, beside the content that a file has at that moment.
func watched(t *testing.T, fail string) (asked *[]string) {
	t.Helper()
	before := theSystem
	t.Cleanup(func() { theSystem = before })
	asked = new([]string)
	record := func(name, path string) error {
		content, _ := os.ReadFile(path)
		*asked = append(*asked, strings.TrimSpace(name+" "+string(content)))
		if name == fail {
			return errors.New(name + " failed")
		}
		return nil
	}
	theSystem = system{
		sync: func(f *os.File) error { return errors.Join(record("sync", f.Name()), before.sync(f)) },
		rename: func(from, to string) error {
			if err := record("rename", from); err != nil {
				return err
			}
			return before.rename(from, to)
		},
		syncDir: func(dir string) error { return errors.Join(record("sync folder", dir), before.syncDir(dir)) },
	}
	return asked
}

// A power failure at any moment leaves the former file or the new one: the content is durable
// before it has the name, and the name before the caller goes on.
func TestOrder(t *testing.T) {
	asked := watched(t, "")
	if err := WriteFile(filepath.Join(t.TempDir(), "x"), []byte("content")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sync content", "rename content", "sync folder"}; !slices.Equal(*asked, want) {
		t.Errorf("the system was asked for %q, want %q", *asked, want)
	}
}

// What cannot be made durable does not get its name.
func TestFailures(t *testing.T) {
	for _, fail := range []string{"sync", "rename", "sync folder"} {
		t.Run(fail, func(t *testing.T) { requireFailure(t, fail) })
	}
}

func requireFailure(t *testing.T, fail string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, []byte("former"), 0o600); err != nil {
		t.Fatal(err)
	}
	watched(t, fail)
	err := WriteFile(path, []byte("new"))
	if err == nil || !strings.Contains(err.Error(), fail+" failed") || !strings.Contains(err.Error(), path) {
		t.Errorf("%s: got %v", fail, err)
	}
	want := map[bool]string{true: "new", false: "former"}[fail == "sync folder"] // then it has the name already
	if got := read(t, path); got != want {
		t.Errorf("%s: the file is %q, want %q", fail, got, want)
	}
	requireNames(t, dir, "x")
}

// Nothing that is no regular file is replaced or written through.
func TestOnlyFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(target, []byte("precious"), 0o600), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, []byte("new")); err == nil ||
		!strings.Contains(err.Error(), "is not a regular file but a symbolic link") {
		t.Errorf("got %v", err)
	}
	if got := read(t, target); got != "precious" {
		t.Errorf("the target is %q", got)
	}
	if stat, err := os.Lstat(link); err != nil || stat.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", stat, err)
	}
	requireNames(t, dir, "link", "target")
}

// A folder that is removed while a file is written there is an error.
func TestFolderRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := Create(filepath.Join(dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "x")) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is there again")
	}
}
