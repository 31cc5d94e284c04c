//go:build unix

package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// into runs dino with its output going to a file or pipe, and returns how it ended and what it
// printed on standard error.
func into(t *testing.T, stdout *os.File, args ...string) (*os.ProcessState, string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("dino", args...)
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	limit := time.AfterFunc(soon, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return cmd.ProcessState, stderr.String()
}

// unread is a pipe whose reader has gone.
func unread(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

// full is a device that has no room.
func full(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Progress that nobody can read is dropped: the run goes on to its end.
func TestProgressNobodyReads(t *testing.T) {
	data := t.TempDir()
	photos(t, data, 2, 20)
	for _, c := range []struct {
		name   string
		stdout func(*testing.T) *os.File
		args   []string
	}{{"closed pipe", unread, nil}, {"full device", full, []string{"--json"}}} {
		t.Run(c.name, func(t *testing.T) {
			run := filepath.Join(t.TempDir(), "run")
			args := append([]string{"pretrain", "--config", tiny, "--data", data, "--out", run}, c.args...)
			state, stderr := into(t, c.stdout(t), args...)
			if state.ExitCode() != OK || stderr != "" {
				t.Errorf("ended as %v: %s", state, stderr)
			}
			if steps := stepsSaved(t, run); steps == 0 {
				t.Error("nothing was saved")
			}
			if _, err := os.Stat(filepath.Join(run, "teacher.safetensors")); err != nil {
				t.Error(err)
			}
		})
	}
}

// With nobody to read standard error, too, the code still says how it ended.
func TestErrorsNobodyReads(t *testing.T) {
	cmd := exec.Command("dino", "pretrain", "--data", t.TempDir(), "--out", filepath.Join(t.TempDir(), "run"))
	cmd.Stdout, cmd.Stderr = unread(t), unread(t)
	var failed *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &failed) || failed.ExitCode() != Usage {
		t.Errorf("ended as %v, want exit code %d", err, Usage)
	}
}

// Where standard output is the product, its closed reader ends the program quietly, by SIGPIPE; a
// full disk is an error.
func TestProductNobodyReads(t *testing.T) {
	data, run := trained(t)
	for _, args := range [][]string{
		{"inspect", run},
		{"inspect", "--json", run},
		{"compare", run, run},
		{"eval", "rank", "--json", "--weights", run, "--data", data},
		{"pretrain", "--dry-run", "--data", data, "--config", tiny},
		{"help"},
	} {
		state, stderr := into(t, unread(t), args...)
		if status, ok := state.Sys().(syscall.WaitStatus); !ok || !status.Signaled() ||
			status.Signal() != syscall.SIGPIPE || strings.Contains(stderr, "dino: ") {
			t.Errorf("%q ended as %v, want killed by SIGPIPE without an error: %s", args, state, stderr)
		}
		state, stderr = into(t, full(t), args...)
		if state.ExitCode() != Failed || !strings.Contains(stderr, "no space left on device") {
			t.Errorf("%q into a full device ended as %v, want code %d and the reason: %s", args, state, Failed, stderr)
		}
	}
}
