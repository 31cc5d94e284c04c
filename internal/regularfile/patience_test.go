package regularfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// hurried shortens the pauses for a test.
func hurried(t *testing.T) {
	t.Helper()
	before := waits
	t.Cleanup(func() { waits = before })
	waits = make([]time.Duration, len(waits))
}

// failing makes the next opens fail with an error of the system.
func failing(t *testing.T, times int, number syscall.Errno) (tries *int) {
	t.Helper()
	before := openFile
	t.Cleanup(func() { openFile = before })
	tries = new(int)
	openFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		if *tries++; *tries <= times {
			return nil, &fs.PathError{Op: "open", Path: name, Err: number}
		}
		return before(name, flag, perm)
	}
	return tries
}

var passing = map[string]syscall.Errno{
	"EMFILE": syscall.EMFILE, "ENFILE": syscall.ENFILE, "EIO": syscall.EIO, "EACCES": syscall.EACCES,
	"EPERM":  syscall.EPERM,
	"ESTALE": syscall.ESTALE, "ENOMEM": syscall.ENOMEM, "EINTR": syscall.EINTR, "EAGAIN": syscall.EAGAIN,
}

// What passes within a few tries is not noticed.
func TestErrorsThatPass(t *testing.T) {
	hurried(t)
	path := write(t, filepath.Join(t.TempDir(), "file"), "x")
	for name, number := range passing {
		tries := failing(t, len(waits), number)
		if got, err := ReadPatiently(path, 1<<20); err != nil || string(got) != "x" || *tries != len(waits)+1 {
			t.Errorf("%s: got %q, %v after %d tries", name, got, err, *tries)
		}
	}
}

// What does not pass is an error with the system's name for it, after so many tries and no more.
func TestErrorsThatStay(t *testing.T) {
	hurried(t)
	path := write(t, filepath.Join(t.TempDir(), "file"), "x")
	for name, number := range passing {
		tries := failing(t, 1000, number)
		_, err := ReadPatiently(path, 1<<20)
		requireError(t, err, path, name+": ", "tried 6 times", number.Error())
		if !errors.Is(err, number) || *tries != len(waits)+1 {
			t.Errorf("%s: got %v after %d tries", name, err, *tries)
		}
	}
}

// What is about the path is not tried again.
func TestErrorsThatLast(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	for _, path := range []string{
		filepath.Join(dir, "missing"), dir, filepath.Join(dir, "file", "below"),
		filepath.Join(dir, string(make([]byte, 300))),
	} {
		tries := 0
		err := Patiently(func() error {
			tries++
			_, err := Open(path)
			return err
		})
		if err == nil || tries != 1 {
			t.Errorf("%q: %v after %d tries, want one", path, err, tries)
		}
	}
	if err := Patiently(func() error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestPatienceEnds(t *testing.T) {
	var total time.Duration
	for _, w := range waits {
		total += w
	}
	if total < time.Second || total > 5*time.Second {
		t.Errorf("the pauses sum up to %v: long enough for a moment, too short to look like a hang", total)
	}
}
