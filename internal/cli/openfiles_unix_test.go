//go:build unix

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() { commands["no-more-files"] = withoutFiles }

// withoutFiles is `dino` that may open no more files once the file of its first argument has
// something in it.
func withoutFiles() {
	go func() {
		for stat, err := os.Stat(os.Args[1]); err != nil || stat.Size() == 0; stat, err = os.Stat(os.Args[1]) {
			time.Sleep(time.Millisecond)
		}
		limit := syscall.Rlimit{Cur: 1, Max: 1}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			fmt.Println(err)
			os.Exit(Failed)
		}
	}()
	os.Exit(Main(os.Args[2:], os.Stdout, os.Stderr))
}

// Images that cannot be opened because too many files are open are no bad images: the run ends,
// says so, and goes on later.
func TestTooManyOpenFiles(t *testing.T) {
	data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 40)
	args := []string{
		"pretrain", "--config", tiny, "--data", data, "--out", run, "--epochs", "100000", "--set",
		"checkpoint.every_steps=1000000", "--set", "data.cache_mb=0",
	}
	code, printed := ends(t, "no-more-files", append([]string{filepath.Join(run, "metrics.jsonl")}, args...)...)
	if code != Failed || !strings.Contains(printed, "too many open files") || !strings.Contains(printed, "EMFILE") ||
		!strings.Contains(printed, ".png") {
		t.Errorf("exit code %d, want %d and the reason: %s", code, Failed, printed)
	}
	if list, err := os.ReadFile(filepath.Join(run, "bad_images.jsonl")); err == nil {
		t.Errorf("images are listed as bad: %s", list)
	}
}

// The same of an embedding: a file that is gone, or cannot be opened, is not left out of the table.
func TestEmbedNeedsEveryFile(t *testing.T) {
	_, run := trained(t)
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "x.npy")
	photos(t, data, 2, 3)
	if err := os.Symlink("nowhere.png", filepath.Join(data, "gone.png")); err != nil {
		t.Fatal(err)
	}
	code, printed := ends(t, "dino", "embed", "--weights", run, "--data", data, "--out", out)
	if code != Usage || !strings.Contains(printed, "gone.png") {
		t.Errorf("exit code %d, want %d and the file: %s", code, Usage, printed)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a table was written")
	}
}
