package runs

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/dino-go/dino/internal/regularfile"
)

// Locks are the locks that processes of this machine hold, as far as the system shows them. To try
// a lock would be to hold it for a moment, in which a run that starts would be refused.
type Locks map[string]bool

// ReadLocks reads them. Where the system does not show them there are none.
func ReadLocks() Locks {
	text, err := regularfile.ReadFile("/proc/locks")
	if err != nil {
		return nil
	}
	held := Locks{}
	for line := range strings.Lines(string(text)) {
		// 1: FLOCK  ADVISORY  WRITE 1234 fe:00:131078 0 EOF
		if f := strings.Fields(line); len(f) >= 6 && f[1] == "FLOCK" && f[3] == "WRITE" {
			held[f[5]] = true
		}
	}
	return held
}

// Held tells whether a file is locked. False is no proof: the process may be on another machine, or
// in another container.
func (l Locks) Held(path string) bool {
	if len(l) == 0 {
		return false
	}
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && l[fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)]
}
