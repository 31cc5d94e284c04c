package archtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The engine is ready to be a module of its own: a copy of cpu/ with a go.mod builds and passes
// go vet, tests included, without the rest of the repository.
func TestEngineIsAModule(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the engine once more")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	alone := t.TempDir()
	if err := os.CopyFS(alone, os.DirFS(filepath.Join(root, "cpu"))); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod = bytes.Replace(mod, []byte("module "+module+"\n"), []byte("module "+module+"/cpu\n"), 1)
	for name, text := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(alone, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vet := exec.Command("go", "vet", "./...") // compiles, too
	vet.Dir = alone
	vet.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "GOPROXY=off")
	if output, err := vet.CombinedOutput(); err != nil {
		t.Errorf("go vet of cpu/ as a module of its own: %v\n%s", err, output)
	}
}
