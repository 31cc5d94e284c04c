//go:build unix

package checkpoint

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dino-go/dino/weights"
)

func init() {
	scenarios["file size limit"] = func(dir string) {
		saveTwice(dir, func() error {
			signal.Ignore(syscall.SIGXFSZ) // so that the write fails instead
			return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10})
		})
	}
}

// saveTwice saves a small checkpoint, limits the space, tries to save one of
// 1 MiB, and prints the error, the newest step and the files that are left.
func saveTwice(dir string, limit func() error) {
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	check(Save(dir, stateOf(1), tensorsOf(1)))
	check(limit())
	large := map[string]weights.Tensor{"large": weights.FromBytes([]int{1 << 20}, make([]byte, 1<<20))}
	err := Save(dir, stateOf(2), large)
	loaded, warnings, latestErr := Latest(dir)
	check(latestErr)
	entries, dirErr := os.ReadDir(dir)
	check(dirErr)
	fmt.Printf("error %v\nnewest %d, warnings %d, files %d\n", err, loaded.Step, len(warnings), len(entries))
}

// requireLastGood checks what saveTwice printed.
func requireLastGood(t *testing.T, output, cause string) {
	t.Helper()
	for _, want := range []string{
		"step 2 was not saved, earlier checkpoints are intact",
		"step-00000002.safetensors", cause, "needs 1048", "bytes are free there",
		"newest 1, warnings 0, files 2",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("no %q in:\n%s", want, output)
		}
	}
}

func scenario(name, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), scenarioVariable+"="+name)
	return cmd
}

// TestShortWrite has a real write of a real file stop halfway.
func TestShortWrite(t *testing.T) {
	output, err := scenario("file size limit", filepath.Join(t.TempDir(), "checkpoints")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	requireLastGood(t, string(output), "file too large")
}
