//go:build linux || darwin

package destination

import "syscall"

// Free returns the space on a folder's file system that this user may fill; ok is false where it is
// not known.
func Free(dir string) (bytes int64, ok bool) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}

// mayWrite returns why this user may not make files in a folder.
func mayWrite(dir string) error { return syscall.Access(dir, 2) }
