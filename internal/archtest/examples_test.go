package archtest

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An example is a program that a reader can copy: it opens the engine cpu and imports what a
// program outside the module can import.
func TestExamplesImportPublicPackages(t *testing.T) {
	checked := 0
	for _, p := range list(t) {
		if isInternal(p.ImportPath) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("\nfunc Example")) {
				continue
			}
			checked++
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				if path := strings.Trim(spec.Path.Value, `"`); isInternal(path) {
					t.Errorf("%s/%s imports %s: an example imports public packages only", p.rel(), filepath.Base(name),
						rel(path))
				}
			}
			if !strings.HasSuffix(file.Name.Name, "_test") {
				t.Errorf("%s/%s is in package %s: an example stands outside its package", p.rel(), filepath.Base(name),
					file.Name.Name)
			}
		}
	}
	if checked < 8 {
		t.Errorf("found %d files of examples, want those of dino, distill, vit, augment, eval, weights, layout and cpu",
			checked)
	}
}
