package destination

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDestinations(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for path, text := range map[string]string{"file": "x", "sealed/old.csv": "x"} {
		if err := os.MkdirAll(filepath.Dir(at(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(at("taken/out.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(at("sealed"), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(at("sealed"), 0o700) })
	for _, c := range []struct {
		name string
		err  error
		want string // in the error; empty for none
	}{
		{"a folder that is there", Folder(dir), ""},
		{"one that can be made", Folder(at("new/deep")), ""},
		{"a file in its place", Folder(at("file")), "file is a file: name a folder"},
		{"a file above it", Folder(at("file/below/deep")), "file is a file: name a folder"},
		{"a folder in a file's place", Folder(at("taken"), "out.csv"), "out.csv: is not a regular file but a folder"},
		{"a new file", File(at("new.csv")), ""},
		{"a file that is replaced", File(at("file")), ""},
		{"a link", File(at("link")), "link"},
		{"no folder", File(at("none/x.csv")), "there is no folder " + at("none") + ": make it first"},
		{"room", Room(at("new/deep"), 1), ""},
		{"no room", Room(at("new/deep"), 1<<60), "needs about 1152921504.6 GB, but " + dir + " has "},
	} {
		if (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, c.err, c.want)
		}
	}
	if os.Geteuid() == 0 {
		t.Skip("no permission stops root")
	}
	for _, err := range []error{Folder(at("sealed/new")), File(at("sealed/new.csv"))} {
		if err == nil || !strings.Contains(err.Error(), "nothing can be written into "+at("sealed")) {
			t.Errorf("a sealed folder: %v", err)
		}
	}
}

func TestFree(t *testing.T) {
	dir := t.TempDir()
	// A test was built and linked there, so that there is room for more than this.
	if n, ok := Free(dir); ok && (n < 1<<20 || n%512 != 0) {
		t.Errorf("%s has %d bytes free: want whole blocks, and more than a mebibyte", dir, n)
	}
	if n, ok := Free(filepath.Join(dir, "absent")); ok || n != 0 {
		t.Errorf("a folder that is not there has %d bytes free, %v", n, ok)
	}
}
