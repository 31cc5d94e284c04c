package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed is a package of files, and its library.
func packed(t *testing.T, files map[string]string) (library, []byte) {
	t.Helper()
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	entries := tar.NewWriter(zipped)
	for name, text := range files {
		if err := entries.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := entries.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(entries.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(archive.Bytes())
	return library{
		name: "x", version: "1.0.0", folder: "vendor",
		integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
		files:     map[string]string{"package/a.js": "a.js"},
	}, archive.Bytes()
}

func TestUnpackWriteCompare(t *testing.T) {
	root := t.TempDir()
	l, archive := packed(t, map[string]string{"package/a.js": "one", "package/b.js": "two"})
	files, err := l.unpack(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.write(root, files), l.compare(root, files)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "vendor", "a.js")
	if got, _ := os.ReadFile(path); string(got) != "one" {
		t.Errorf("got %q", got)
	}
	if err := os.WriteFile(path, []byte("changed by hand"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.compare(root, files); err == nil || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("a changed file: %v", err)
	}
	if err := errors.Join(l.write(root, files), os.WriteFile(path+".map", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := l.compare(root, files); err == nil || !strings.Contains(err.Error(), "a.js.map is not of x 1.0.0") {
		t.Errorf("a further file: %v", err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	l, archive := packed(t, map[string]string{"package/a.js": "one"})
	other := l
	other.integrity = uPlot.integrity
	if _, err := other.unpack(archive); err == nil || !strings.Contains(err.Error(), "integrity") {
		t.Errorf("another package: %v", err)
	}
	lacking, archive := packed(t, map[string]string{"package/c.js": "one"})
	if _, err := lacking.unpack(archive); err == nil || !strings.Contains(err.Error(), "lacks") {
		t.Errorf("a package without the file: %v", err)
	}
}

// The committed files are those of the package.
func TestCommittedFiles(t *testing.T) {
	files, err := uPlot.fetch()
	if errors.Is(err, errUnavailable) {
		t.Skip(err)
	}
	if err == nil {
		err = uPlot.compare(filepath.Join("..", ".."), files)
	}
	if err != nil {
		t.Error(err)
	}
}
