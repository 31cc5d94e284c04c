package cli

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The second signal ends the first process of a container, too, for which the system does nothing
// by itself.
func TestSecondSignalInAContainer(t *testing.T) {
	cmd := exec.Command("await-signals")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	probe := exec.Command("true")
	probe.SysProcAttr = cmd.SysProcAttr
	if err := probe.Run(); err != nil {
		t.Skipf("this system lets nobody make a space of processes: %v", err)
	}
	p := begin(t, cmd)
	p.await(t, "ready")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.await(t, "first")
	// should the next one come too early
	time.AfterFunc(50*time.Millisecond, func() { _ = p.Process.Signal(syscall.SIGTERM) })
	if code, want := p.signal(t, syscall.SIGTERM).ExitCode(), 128+int(syscall.SIGTERM); code != want {
		t.Errorf("ended as %v, want code %d", p.ProcessState, want)
	}
}
