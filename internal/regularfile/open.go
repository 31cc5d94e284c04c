package regularfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
)

// ErrKind is the reason when what a path leads to is no regular file.
var ErrKind = errors.New("is not a regular file")

// kindError says what is there in place of a regular file.
type kindError struct{ kind string }

func (e kindError) Error() string { return ErrKind.Error() + " but a " + e.kind }

func (e kindError) Is(target error) bool { return target == ErrKind }

// Open opens the regular file that path leads to for reading. Anything else is an [fs.PathError]
// with [ErrKind], and does not block: what is there is looked at before it is opened, for opening a
// device can have effects, and again once it is open, for it may have been replaced meanwhile.
func Open(path string) (*os.File, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	return open(path, os.O_RDONLY)
}

// open opens a path without waiting for anything, and verifies that what it got is a regular file.
func open(path string, flags int) (*os.File, error) {
	file, err := openFile(path, flags|noBlock, 0o644)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil {
		err = check("open", path, opened)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// stat and openFile are the system's; tests put failures in their place.
var (
	stat     = os.Stat
	openFile = os.OpenFile
)

// ErrSize is the reason when a file has more bytes than its reader takes.
var ErrSize = errors.New("has too many bytes")

// ReadFile returns the content of a regular file: see [Open].
func ReadFile(path string) ([]byte, error) { return readFile(path, math.MaxInt64) }

// readFile is ReadFile, and [ErrSize] of a file of more bytes than most, of which it reads none.
func readFile(path string, most int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	return readAll(file, path, most)
}

// readAll reads an open file, which it closes.
func readAll(file *os.File, path string, most int64) ([]byte, error) {
	defer file.Close()
	var content bytes.Buffer
	if there, err := file.Stat(); err == nil {
		if size := there.Size(); size > most {
			return nil, &fs.PathError{
				Op: "read", Path: path,
				Err: fmt.Errorf("%w: %d, and at most %d are read", ErrSize, size, most),
			}
		} else if int64(int(size)) == size {
			content.Grow(int(size) + bytes.MinRead) // so that the end is found without growing again
		}
	}
	_, err := content.ReadFrom(file)
	return content.Bytes(), err
}

// Check reports a path that does not lead to a regular file, for one that another program will
// open.
func Check(path string) error {
	there, err := stat(path)
	if err != nil {
		var e *fs.PathError
		if errors.As(err, &e) {
			err = &fs.PathError{Op: "open", Path: path, Err: e.Err}
		}
		return err
	}
	return check("open", path, there)
}

// check reports what is no regular file.
func check(op, path string, there fs.FileInfo) error {
	if there.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: kindError{kind(there.Mode())}}
}

// kind names what is no regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
