package atomicfile

import "os"

// system are the calls that make a file durable, in the order in which they must happen. Tests
// watch them.
type system struct {
	sync    func(*os.File) error
	rename  func(from, to string) error
	syncDir func(dir string) error
}

var theSystem = system{sync: (*os.File).Sync, rename: os.Rename, syncDir: SyncDir}
