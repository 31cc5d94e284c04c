//go:build linux || darwin

package checkpoint

import "syscall"

// freeBytes returns the space on dir's file system that this user may fill.
func freeBytes(dir string) (int64, bool) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}
