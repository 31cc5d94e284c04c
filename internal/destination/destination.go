// Package destination tells, before any work is done, whether its results can be written where the
// user wants them: into a folder that is one or can be made, where this user may write, and where
// there is room.
//
// Tests: known answer.
package destination

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/regularfile"
)

// Folder reports a folder that cannot be written to, nor be made where it is not there yet, and
// those of the files in it that cannot be replaced.
func Folder(path string, files ...string) error {
	if err := above(path); err != nil {
		return err
	}
	for _, name := range files {
		if err := regularfile.CheckOwn(filepath.Join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// File reports a file that cannot be written, in a folder that must be there.
func File(path string) error {
	if err := regularfile.CheckOwn(path); err != nil {
		return err
	}
	if dir := filepath.Dir(path); !isFolder(dir) {
		return fmt.Errorf("there is no folder %s: make it first", dir)
	}
	return above(filepath.Dir(path))
}

// above verifies the nearest folder that is there, of a path and what lies above it.
func above(path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		stat, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at):
			continue
		case errors.Is(err, syscall.ENOTDIR):
			continue // what is above is a file, and says so
		case err != nil:
			return err
		case !stat.IsDir():
			return fmt.Errorf("%s is a file: name a folder", at)
		}
		if err := mayWrite(at); err != nil {
			return fmt.Errorf("nothing can be written into %s: %w", at, err)
		}
		return nil
	}
}

func isFolder(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.IsDir()
}

// Room reports that less than a number of bytes is free where a file or folder is to be. Where that
// is not known it reports nothing.
func Room(path string, bytes int64) error {
	at := filepath.Clean(path)
	for !isFolder(at) && at != filepath.Dir(at) {
		at = filepath.Dir(at)
	}
	free, ok := Free(at)
	if !ok || free >= bytes {
		return nil
	}
	return fmt.Errorf("needs about %s, but %s has %s free: make room, or name another disk", digits.Bytes(bytes), at,
		digits.Bytes(free))
}
