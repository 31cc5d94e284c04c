package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
)

func init() { commands["small-disk"] = onSmallDisk }

// noDisk is the code of a child that may not mount a file system.
const noDisk = 77

// onSmallDisk mounts a file system of the size of its first argument on the folder of the second,
// and becomes `dino` with the rest.
func onSmallDisk() {
	if err := syscall.Mount("tmpfs", os.Args[2], "tmpfs", 0, "size="+os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(noDisk)
	}
	code := Main(os.Args[3:], os.Stdout, os.Stderr)
	loaded, warnings, err := checkpoint.Latest(filepath.Join(os.Args[2], "run", "checkpoints"))
	if err != nil {
		fmt.Println("nothing to go on from:", err)
		os.Exit(code)
	}
	fmt.Printf("newest checkpoint %d, %d warnings\n", loaded.Step, len(warnings))
	os.Exit(code)
}

// A full disk stops the run with an error that says so, and the last good checkpoint stays.
func TestFullDisk(t *testing.T) {
	data, disk := t.TempDir(), t.TempDir()
	photos(t, data, 0, 40)
	// 360 KiB hold the logs and two checkpoints of about 130 KB, not the third that is written
	// before the first is removed.
	cmd := exec.Command("small-disk", "360k", disk, "pretrain", "--data", data, "--out", filepath.Join(disk, "run"),
		"--config", tiny)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	output, _ := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == noDisk {
		t.Skipf("this system lets nobody mount a file system: %s", output)
	}
	if code := cmd.ProcessState.ExitCode(); code != Failed {
		t.Errorf("exit code %d, want %d", code, Failed)
	}
	for _, want := range []string{
		"step 6 was not saved, earlier checkpoints are intact", "no space left on device", "make room",
		"run the same command again",
		"newest checkpoint 4, 0 warnings",
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("no %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}
