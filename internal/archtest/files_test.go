package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxLines is the length of the longest file that is not a test. A longer one holds more than one
// concept.
const maxLines = 500

// grabBags are names that say nothing about what is inside, so that anything ends up there.
var grabBags = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib"}

// goFiles calls visit for every Go file of the module that is written by hand and no test.
func goFiles(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || isModule(path)):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(text, []byte("// Code generated ")) {
			return nil
		}
		seen++
		short, err := filepath.Rel(root, path)
		visit(filepath.ToSlash(short), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("found %d files: is this the module's checkout?", seen)
	}
}

// isModule tells whether a folder below the root is a module of its own: tools for developers,
// under rules of their own.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func TestFilesAreShort(t *testing.T) {
	goFiles(t, func(path string, text []byte) {
		if lines := bytes.Count(text, []byte{'\n'}); lines > maxLines {
			t.Errorf("%s has %d lines, more than %d: one concept one file; split it", path, lines, maxLines)
		}
	})
}

func TestFilesAreNamedAfterConcepts(t *testing.T) {
	goFiles(t, func(path string, _ []byte) {
		if name := strings.TrimSuffix(filepath.Base(path), ".go"); slices.Contains(grabBags, name) {
			t.Errorf("%s: the name says nothing about what is inside; name it after its concept", path)
		}
	})
}

func TestPackagesAreNamedAfterConcepts(t *testing.T) {
	for _, p := range list(t) {
		if slices.Contains(grabBags, p.Name) || slices.Contains(grabBags, filepath.Base(p.Dir)) {
			t.Errorf("package %s: the name says nothing about what is inside; name it after its concept", p.rel())
		}
	}
}

// Every package says in a comment what it is, once.
func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string][]string{}
	goFiles(t, func(path string, text []byte) {
		dir := filepath.ToSlash(filepath.Dir(path))
		_, has := documented[dir]
		if !has {
			documented[dir] = nil
		}
		if bytes.Contains(text, []byte("\n// Package ")) || bytes.HasPrefix(text, []byte("// Package ")) ||
			bytes.HasPrefix(text, []byte("// Command ")) {
			documented[dir] = append(documented[dir], filepath.Base(path))
		}
	})
	for dir, files := range documented {
		if len(files) != 1 {
			t.Errorf("%s: the package comment is in %v, want it in one file", dir, files)
		}
	}
}
