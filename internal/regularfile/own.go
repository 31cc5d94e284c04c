package regularfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckOwn reports a path that this program must not write: what is there is no regular file. A
// symbolic link is none: to write through it would change a file that nobody named, to replace it
// would take the link away. Nothing there is fine.
func CheckOwn(path string) error {
	stat, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return check("write", path, stat)
}

// CheckOwnDir is the same for a folder of files that are written.
func CheckOwnDir(path string) error {
	stat, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if stat.IsDir() {
		return nil
	}
	found := "regular file"
	if !stat.Mode().IsRegular() {
		found = kind(stat.Mode())
	}
	return &fs.PathError{Op: "write", Path: path, Err: errors.New("is not a folder but a " + found)}
}

// OpenOwn opens a file that this program writes, with the flags of [os.OpenFile]: see [CheckOwn].
func OpenOwn(path string, flags int) (*os.File, error) {
	if err := CheckOwn(path); err != nil {
		return nil, err
	}
	return open(path, flags|noFollow)
}

// IsSame tells whether a path still leads, without a link, to the open file.
func IsSame(path string, file *os.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(filepath.Clean(path))
	return err == nil && os.SameFile(there, opened)
}
