//go:build unix

package regularfile

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// within fails the test if do takes longer than what never blocks may take.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: still at it", what)
	}
}

// What is no regular file is refused at once, by itself and through a link, for reading and for
// writing.
func TestKinds(t *testing.T) {
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "s")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for path, kind := range map[string]string{
		pipe: "named pipe", socket: "socket", "/dev/zero": "device",
		"/dev/null": "device", dir: "folder",
	} {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		within(t, path, func() {
			for _, p := range []string{path, link} {
				_, err := ReadFile(p)
				requireError(t, err, p, "is not a regular file but a "+kind)
				_, err = ReadPatiently(p, 10)
				requireError(t, err, "but a "+kind)
			}
			requireError(t, CheckOwn(path), "but a "+kind)
			_, err := OpenOwn(path, os.O_RDWR|os.O_CREATE)
			requireError(t, err, "but a "+kind)
		})
	}
}

// A link that takes the place of what is written, between the look and the opening, is not
// followed.
func TestLinkMeanwhile(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "file"), write(t, filepath.Join(dir, "target"), "precious")
	system := openFile
	defer func() { openFile = system }()
	openFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		if err := os.Symlink(target, path); err != nil {
			return nil, err
		}
		return system(name, flag, perm)
	}
	if f, err := OpenOwn(path, os.O_RDWR|os.O_CREATE); err == nil {
		f.Close()
		t.Error("the link was followed")
	}
}

// A pipe that takes a file's place between the look and the opening blocks nobody.
func TestReplacedMeanwhile(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "file"), "x")
	system := openFile
	defer func() { openFile = system }()
	openFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			return nil, err
		}
		return system(name, flag, perm)
	}
	within(t, "the open of a pipe", func() {
		_, err := Open(path)
		requireError(t, err, "is not a regular file but a named pipe")
	})
}
