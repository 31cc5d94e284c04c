package regularfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A path leads to what is below the folder, also through a link in it, and nowhere else.
func TestReadBelow(t *testing.T) {
	outside := t.TempDir()
	folder := filepath.Join(outside, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "sub", "file"), "inside")
	write(t, filepath.Join(outside, "secret"), "outside")
	for link, to := range map[string]string{
		"in": "sub/file", "out": "../secret", "up": "..", "far": filepath.Join(outside, "secret"), "round": "round",
	} {
		if err := os.Symlink(to, filepath.Join(folder, link)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	for _, path := range []string{"sub/file", "in", "sub/../in", "./sub/file"} {
		if got, err := ReadBelow(folder, path, 100); err != nil || string(got) != "inside" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{
		"../secret", "out", "up/secret", "far", filepath.Join(outside, "secret"), "round", "none", "", ".", "sub",
		filepath.Join(folder, "sub", "file"),
	} {
		if got, err := ReadBelow(folder, path, 100); err == nil {
			t.Errorf("%s was read: %q", path, got)
		}
	}
	if _, err := ReadBelow(folder, "sub", 100); !errors.Is(err, ErrKind) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadBelow(folder, "in", 5); !errors.Is(err, ErrSize) {
		t.Errorf("six bytes of at most five: %v", err)
	}
	if _, err := ReadBelow(filepath.Join(outside, "none"), "in", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
