package regularfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

func requireError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "a", strings.Repeat("long ", 10_000)} {
		path := write(t, filepath.Join(dir, "file"), text)
		got, err := ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("%d bytes: got %d, %v", len(text), len(got), err)
		}
		patiently, err := ReadPatiently(path, 1<<20)
		if err != nil || string(patiently) != text {
			t.Errorf("%d bytes: patiently got %d, %v", len(text), len(patiently), err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(link); err != nil || len(got) != 50_000 {
		t.Errorf("through a link: %d bytes, %v", len(got), err)
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	_, err := Open(missing)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
	requireError(t, err, "open "+missing)
	_, err = Open(dir)
	if !errors.Is(err, ErrKind) {
		t.Errorf("got %v, want %v", err, ErrKind)
	}
	requireError(t, err, dir, "is not a regular file but a folder")
}

func TestCheckOwn(t *testing.T) {
	dir := t.TempDir()
	file, link, loose := write(t, filepath.Join(dir, "file"), "x"), filepath.Join(dir, "link"),
		filepath.Join(dir, "loose")
	for name, target := range map[string]string{link: file, loose: filepath.Join(dir, "nowhere")} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, fine := range []string{file, filepath.Join(dir, "missing")} {
		if err := CheckOwn(fine); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{link, loose} {
		requireError(t, CheckOwn(path), path, "is not a regular file but a symbolic link")
		_, err := OpenOwn(path, os.O_RDWR|os.O_CREATE)
		requireError(t, err, path, "is not a regular file but a symbolic link")
		requireError(t, CheckOwnDir(path), path, "is not a folder but a symbolic link")
	}
	requireError(t, CheckOwn(dir), dir, "is not a regular file but a folder")
	if err := errors.Join(CheckOwnDir(dir), CheckOwnDir(filepath.Join(dir, "missing"))); err != nil {
		t.Error(err)
	}
	requireError(t, CheckOwnDir(file), file, "is not a folder but a regular file")
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a link was followed")
	}
}

func TestIsSame(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "file"), "x")
	file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !IsSame(path, file) {
		t.Error("the file is not itself")
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if IsSame(path, file) {
		t.Error("a file that is gone is still there")
	}
	write(t, path, "x")
	if IsSame(path, file) {
		t.Error("another file is the same")
	}
}
