// Package atomicfile writes files that appear whole or not at all.
//
// The content goes to a temporary file in the destination's directory, is
// synced, and takes the destination's name by rename; then the directory is
// synced. A crash at any moment leaves the former file or the new one.
package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dino-go/dino/internal/regularfile"
)

// tempMark stands in the names of temporary files: .NAME.tmp-RANDOM.
const tempMark = ".tmp-"

// File is a file being written. It has its name only after Commit.
type File struct {
	path     string
	temp     *os.File
	done     bool
	unsynced bool
}

// Create begins to write the file at path, whose directory must exist. What is
// there must be a regular file, which Commit replaces, or nothing.
func Create(path string) (*File, error) {
	if err := regularfile.CheckOwn(path); err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	dir, base := filepath.Split(path)
	temp, err := os.CreateTemp(filepath.Clean(dir+"."), "."+base+tempMark+"*")
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	return &File{path: path, temp: temp}, nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) { return f.temp.Write(p) }

// Commit makes the file durable and gives it its name.
func (f *File) Commit() error {
	if err := f.publish(); err != nil {
		f.Abort()
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	f.done = true
	if f.unsynced {
		return nil
	}
	if err := theSystem.syncDir(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	return nil
}

func (f *File) publish() error {
	if err := f.temp.Chmod(0o644); err != nil {
		return err
	}
	if !f.unsynced {
		if err := theSystem.sync(f.temp); err != nil {
			return err
		}
	}
	if err := f.temp.Close(); err != nil {
		return err
	}
	return theSystem.rename(f.temp.Name(), f.path)
}

// Abort discards the file. After Commit, or a second time, it does nothing, so
// that it can be deferred.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.temp.Close()
	os.Remove(f.temp.Name())
}

// WriteFile writes data as the file at path.
func WriteFile(path string, data []byte) error { return writeFile(path, data, false) }

// WriteUnsynced is WriteFile without waiting for the disk, for one of many files
// that are made again where they are missing. A power failure may take it, or
// leave it empty; a crash of the program still leaves it whole or not at all.
func WriteUnsynced(path string, data []byte) error { return writeFile(path, data, true) }

func writeFile(path string, data []byte, unsynced bool) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	f.unsynced = unsynced
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Commit()
}

// IsTemporary tells whether a name is that of a file being written, or of one that a crash left.
func IsTemporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, tempMark)
}

// RemoveStale deletes the temporary files that a crash left in dir.
func RemoveStale(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if IsTemporary(entry.Name()) && entry.Type().IsRegular() {
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
