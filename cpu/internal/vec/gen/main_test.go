package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent generates the files again and compares. The polynomials that some of
// them hold are fitted in float64, with operations that a processor other than amd64 may fuse.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	folder := t.TempDir()
	if err := generate(folder); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", filepath.Base(file)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen writes (%v): run go generate in its folder", filepath.Base(file), err)
		}
	}
}
