package checkpoint

import (
	"fmt"
	"os"
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
	requireLastGood(t, string(output), "no space left on device")
}
