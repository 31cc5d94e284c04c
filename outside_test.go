package dino_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// outside writes the program of testdata/outside as a module of its own, with the dependencies that
// this module pins, and returns its folder.
func outside(t *testing.T) string {
	t.Helper()
	checkout, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), map[string][]byte{}
	for name, from := range map[string]string{
		"main.go": "testdata/outside/main.go", "go.mod": "go.mod",
		"go.sum": "go.sum",
	} {
		if files[name], err = os.ReadFile(from); err != nil {
			t.Fatal(err)
		}
	}
	const module = "module github.com/dino-go/dino\n"
	if !bytes.Contains(files["go.mod"], []byte(module)) {
		t.Fatalf("go.mod does not say %q", module)
	}
	files["go.mod"] = bytes.Replace(files["go.mod"], []byte(module), []byte("module example.com/outside\n"), 1)
	files["go.mod"] = append(files["go.mod"],
		"\nrequire github.com/dino-go/dino v0.0.0\n\nreplace github.com/dino-go/dino => \""+filepath.ToSlash(checkout)+
			"\"\n"...)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A program outside the module reaches all that it needs to train with a loop of its own, to save,
// to load and to embed, and to run and observe what `dino pretrain` runs.
func TestProgramOutsideTheModule(t *testing.T) {
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = outside(t)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "PWD="+cmd.Dir)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, output)
	}
	t.Logf("%s", output)
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	wanted := []string{
		`^step 0: loss \d+\.\d+, finite true$`, `^step 1: loss \d+\.\d+, finite true$`,
		`^step 2: loss \d+\.\d+, finite true$`,
		`^image 0: 24 features of norm [1-9]\.\d+$`, `^image 1: 24 features of norm [1-9]\.\d+$`,
		`^run: step 1 of 2, finite true$`, `^run: step 2 of 2, finite true$`, `^run: 2 steps, teacher.safetensors$`,
	}
	if len(lines) != len(wanted) {
		t.Fatalf("the program prints %d lines, want %d:\n%s", len(lines), len(wanted), output)
	}
	for i, want := range wanted {
		if !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("line %d is %q, want %s", i, lines[i], want)
		}
	}
	if norm := func(line string) string {
		return line[strings.Index(line,
			"norm"):]
	}; norm(lines[3]) == norm(lines[4]) {
		t.Errorf("two images have the same features:\n%s", output)
	}
}
