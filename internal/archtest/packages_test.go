package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/dino-go/dino"

// pkg is a package of the module: what `go list` says about it.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	Imports      []string // of the files that are built
	Deps         []string // Imports, theirs, and so on
	TestImports  []string
	XTestImports []string
}

// rel is the package's path below the module: "." for the root.
func (p pkg) rel() string { return rel(p.ImportPath) }

// rel shortens paths of the module and leaves others.
func rel(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

// packages lists the packages of the module, built with every tag that adds imports.
var packages = sync.OnceValues(func() ([]pkg, error) {
	byPath := map[string]pkg{}
	for _, tags := range []string{"", "xla"} {
		cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,Imports,Deps,TestImports,XTestImports",
			"-tags="+tags, module+"/...")
		output, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
			var p pkg
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			known := byPath[p.ImportPath]
			p.Imports = append(p.Imports, known.Imports...)
			p.Deps = append(p.Deps, known.Deps...)
			p.TestImports = append(p.TestImports, known.TestImports...)
			p.XTestImports = append(p.XTestImports, known.XTestImports...)
			byPath[p.ImportPath] = p
		}
	}
	var all []pkg
	for _, p := range byPath {
		all = append(all, p)
	}
	return all, nil
})

func list(t *testing.T) []pkg {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("go list found %d packages: is this the module's checkout?", len(all))
	}
	return all
}

// matches tells whether a path, short as [rel] makes it, is one of the patterns: a path, or a path
// and all below it ("cpu/...").
func matches(rel string, patterns ...string) bool {
	for _, pattern := range patterns {
		above, below := strings.CutSuffix(pattern, "/...")
		if rel == above || below && strings.HasPrefix(rel, above+"/") {
			return true
		}
	}
	return false
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		rel, pattern string
		want         bool
	}{
		{"cpu", "cpu", true},
		{"cpu/internal/vec", "cpu", false},
		{"cpu/internal/vec", "cpu/...", true},
		{"cpu", "cpu/...", true},
		{"cpux", "cpu/...", false},
		{".", ".", true},
	} {
		if got := matches(c.rel, c.pattern); got != c.want {
			t.Errorf("%s in %s: %v, want %v", c.rel, c.pattern, got, c.want)
		}
	}
	if got := rel(path.Join(module, "internal/cli")); got != "internal/cli" {
		t.Errorf("got %s", got)
	}
}
