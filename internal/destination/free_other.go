//go:build !linux && !darwin

package destination

// Free would return the free space of a folder's file system; here it is unknown.
func Free(string) (bytes int64, ok bool) { return 0, false }

// mayWrite would return why this user may not make files in a folder; here writing tells.
func mayWrite(string) error { return nil }
