package checkpoint

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

const noMount = "cannot mount a tmpfs"

func init() {
	scenarios["full disk"] = func(dir string) {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
			fmt.Println(noMount, err)
			os.Exit(skipCode)
		}
		saveTwice(dir, func() error { return nil })
	}
}

const skipCode = 77

// TestFullDisk saves to a file system of 256 KiB, which a child mounts where only
// itself sees it.
func TestFullDisk(t *testing.T) {
	cmd := scenario("full disk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Skipf("this system allows no user namespace: %v", err)
	}
	if cmd.ProcessState.ExitCode() == skipCode {
		t.Skipf("%s", output)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	requireLastGood(t, string(output), "step-00000002.safetensors", "no space left on device", "1048")
	var free int
	if _, after, found := strings.Cut(string(output), "bytes, "); !found {
		t.Errorf("no free bytes in:\n%s", output)
	} else if _, err := fmt.Sscan(after, &free); err != nil || free < 128<<10 || free > 256<<10 {
		t.Errorf("%d of 256 KiB are free (%v), want what the first checkpoint left", free, err)
	}
}
