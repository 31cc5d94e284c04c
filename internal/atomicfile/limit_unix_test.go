//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// limited lets no file of this process grow beyond so many bytes, until the test ends.
func limited(t *testing.T, size uint64) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	low := before
	low.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &low); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	})
}

// A record for which there is not enough room is not there in part, and what comes after it is
// whole.
func TestNoRoomForARecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	a := mustOpen(t, path)
	limited(t, 10)
	if err := a.Append([]byte("1234567\n")); err != nil {
		t.Fatal(err)
	}
	err := a.Append([]byte("abcdefg\n"))
	if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want %v with the name of the file", err, syscall.EFBIG)
	}
	if err := a.Append([]byte("x\n")); err != nil {
		t.Error(err)
	}
	if got := read(t, path); got != "1234567\nx\n" {
		t.Errorf("the log is %q", got)
	}
}

// The same for a whole file: the former one stays, and nothing beside it.
func TestNoRoomForAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, []byte("former"), 0o600); err != nil {
		t.Fatal(err)
	}
	limited(t, 10)
	if err := WriteFile(path, make([]byte, 100)); !errors.Is(err, syscall.EFBIG) ||
		!strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want %v with the name of the file", err, syscall.EFBIG)
	}
	if got := read(t, path); got != "former" {
		t.Errorf("the file is %q", got)
	}
	requireNames(t, dir, "x")
}
