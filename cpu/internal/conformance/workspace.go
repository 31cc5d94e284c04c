package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	gomlxModule   = "github.com/gomlx/gomlx"
	computeModule = "github.com/gomlx/compute"
	xlaModule     = "github.com/gomlx/go-xla"
)

// workspace is a folder with a copy of GoMLX, joined with the checkout that the command is run
// from.
type workspace struct {
	folder         string
	gomlx, compute string // versions
}

// newWorkspace fills a folder.
func newWorkspace(ctx context.Context, folder string) (w workspace, err error) {
	w.folder, err = filepath.Abs(folder)
	if err != nil {
		return w, err
	}
	source, err := goOutput(ctx, ".", "list", "-m", "-f", "{{.Dir}}\n{{.Version}}", gomlxModule)
	if err != nil {
		return w, err
	}
	dir, version, _ := strings.Cut(source, "\n")
	if dir == "" {
		return w, fmt.Errorf("%s is not in the module cache: run `go mod download`", gomlxModule)
	}
	w.gomlx = version
	if w.compute, err = goOutput(ctx, ".", "list", "-m", "-f", "{{.Version}}", computeModule); err != nil {
		return w, err
	}
	checkout, err := goOutput(ctx, ".", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return w, err
	}
	if err := copyModule(w.module(), dir); err != nil {
		return w, err
	}
	return w, w.join(checkout)
}

func (w workspace) module() string { return filepath.Join(w.folder, "gomlx") }

// copyModule copies the Go files and test data of a module; the cache's are read-only.
func copyModule(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, 0o644)
	})
}

// join makes one workspace of the copy and the checkout. GoMLX's test helpers install XLA from the
// network; what stands in for its module installs nothing.
func (w workspace) join(checkout string) error {
	work := fmt.Sprintf("go 1.26.5\n\nuse ./gomlx\nuse %s\n\nreplace %s => ./go-xla\n", checkout, xlaModule)
	files := map[string]string{
		"go.work":                   work,
		"go-xla/go.mod":             "module " + xlaModule + "\n\ngo 1.26\n",
		"go-xla/compute/xla/xla.go": "package xla\n\nfunc AutoInstall() error { return nil }\n",
	}
	for name, text := range files {
		path := filepath.Join(w.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// binary is the test program of a package.
type binary struct {
	importPath, dir, name string
	program               string
}

// short is the package's path below GoMLX's root.
func (b binary) short() string { return strings.TrimPrefix(b.importPath, gomlxModule+"/") }

// build adds the engine to the packages with tests, and builds their test programs.
func (w workspace) build(ctx context.Context, packages []string) ([]binary, error) {
	arguments := []string{
		"list", "-tags", "noxla", "-f",
		"{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}} {{.Name}}{{end}}",
	}
	for _, p := range packages {
		arguments = append(arguments, "./"+p)
	}
	list, err := goOutput(ctx, w.module(), arguments...)
	if err != nil {
		return nil, err
	}
	programs := filepath.Join(w.folder, "programs")
	if err := os.MkdirAll(programs, 0o755); err != nil {
		return nil, err
	}
	var binaries []binary
	build := []string{"test", "-c", "-tags", "noxla", "-o", programs + string(filepath.Separator)}
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		b := binary{importPath: fields[0], dir: fields[1], name: fields[2]}
		b.program = filepath.Join(programs, filepath.Base(b.importPath)+".test")
		file := fmt.Sprintf("package %s_test\n\nimport (\n\t_ \"github.com/gomlx/compute/gobackend\"\n\n\t_ "+
			"\"github.com/dino-go/dino/cpu\"\n)\n", b.name)
		if err := os.WriteFile(filepath.Join(b.dir, "engine_under_test_test.go"), []byte(file), 0o644); err != nil {
			return nil, err
		}
		binaries = append(binaries, b)
		build = append(build, b.importPath)
	}
	if len(binaries) == 0 {
		return nil, fmt.Errorf("there are no tests in %s of GoMLX", strings.Join(packages, ", "))
	}
	_, err = goOutput(ctx, w.module(), build...)
	return binaries, err
}

// goOutput runs the go command in a folder, without cgo, and returns what it prints.
func goOutput(ctx context.Context, dir string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", arguments...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, stderr.Bytes())
	}
	return strings.TrimSpace(string(text)), nil
}
