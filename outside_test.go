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

// outside makes files of this module a module of their own, with the dependencies that this one
// pins, and returns its folder. from maps names of files to those that they are copies of.
func outside(t *testing.T, from map[string]string) string {
	t.Helper()
	checkout, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), map[string][]byte{}
	from["go.mod"], from["go.sum"] = "go.mod", "go.sum"
	for name, original := range from {
		if files[name], err = os.ReadFile(original); err != nil {
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
		path := filepath.Join(dir, filepath.FromSlash(name))
		text = bytes.ReplaceAll(text, []byte("github.com/dino-go/dino/internal/testkit/"),
			[]byte("example.com/outside/"))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goIn runs the go command in a module of outside and returns its output.
func goIn(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command("go", arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "PWD="+cmd.Dir)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

// A network of another module's passes the tests of netstest and trains: it needs nothing that is
// internal to this one.
func TestNetworkOutsideTheModule(t *testing.T) {
	dir := outside(t, map[string]string{
		"convnet/convnet.go":      "internal/testkit/convnet/convnet.go",
		"convnet/convnet_test.go": "internal/testkit/convnet/convnet_test.go",
	})
	output := goIn(t, dir, "test", "-v", "./convnet")
	t.Logf("%s", output)
	for _, name := range []string{"TestNetwork/plain/gradient", "TestNetwork/plain/weights", "TestTrainsAsBackbone"} {
		if !strings.Contains(output, "--- PASS: "+name) {
			t.Errorf("%s did not run", name)
		}
	}
}

// A program outside the module reaches all that it needs to train with a loop of its own, to save,
// to load and to embed, and to run and observe what `dino pretrain` runs.
func TestProgramOutsideTheModule(t *testing.T) {
	output := goIn(t, outside(t, map[string]string{"main.go": "testdata/outside/main.go"}), "run", ".")
	t.Logf("%s", output)
	lines := strings.Split(strings.TrimSpace(output), "\n")
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
	norm := func(line string) string { return line[strings.Index(line, "norm"):] }
	if norm(lines[3]) == norm(lines[4]) {
		t.Errorf("two images have the same features:\n%s", output)
	}
}
