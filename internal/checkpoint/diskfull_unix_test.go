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

func init() {
	scenarios["file size limit of the state"] = func(dir string) {
		signal.Ignore(syscall.SIGXFSZ)
		exitOn(Save(dir, stateOf(1), tensorsOf(1)))
		exitOn(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}))
		large := stateOf(2)
		large.ConfigDigest = strings.Repeat("x", 100<<10)
		report(dir, Save(dir, large, tensorsOf(2)))
	}
}

// exitOn ends a child that could not prepare its scenario.
func exitOn(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// report prints the error of a save, the newest step and the number of files that are left.
func report(dir string, err error) {
	loaded, warnings, latestErr := Latest(dir)
	exitOn(latestErr)
	entries, dirErr := os.ReadDir(dir)
	exitOn(dirErr)
	fmt.Printf("error %v\nnewest %d, warnings %d, files %d\n", err, loaded.Step, len(warnings), len(entries))
}

// saveTwice saves a small checkpoint, limits the space, tries to save one of
// 1 MiB, and prints the error, the newest step and the files that are left.
func saveTwice(dir string, limit func() error) {
	exitOn(Save(dir, stateOf(1), tensorsOf(1)))
	exitOn(limit())
	large := map[string]weights.Tensor{"large": weights.FromBytes([]int{1 << 20}, make([]byte, 1<<20))}
	report(dir, Save(dir, stateOf(2), large))
}

// requireLastGood checks what report printed of a file that did not fit.
func requireLastGood(t *testing.T, output, file, cause, need string) {
	t.Helper()
	for _, want := range []string{
		"step 2 was not saved, earlier checkpoints are intact",
		file, cause, "needs " + need, "bytes are free there",
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
	requireLastGood(t, string(output), "step-00000002.safetensors", "file too large", "1048")
}

// TestShortWriteOfTheState has the tensors fit and the state file not: the tensors go, and the
// error explains itself as well.
func TestShortWriteOfTheState(t *testing.T) {
	output, err := scenario("file size limit of the state", filepath.Join(t.TempDir(), "checkpoints")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	requireLastGood(t, string(output), "step-00000002.json", "file too large", "102")
}
