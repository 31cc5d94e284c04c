//go:build unix

package cli

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/weights"
)

// trained is a folder of photos and a finished run on them.
func trained(t *testing.T) (data, run string) {
	t.Helper()
	data, run = t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 40)
	if code, printed := ends(t, "dino", "pretrain", "--quiet", "--config", tiny, "--data", data, "--out",
		run); code != OK {
		t.Fatal(printed)
	}
	return data, run
}

// The terminal that goes away stops a run as SIGTERM does; nohup keeps it going.
func TestHangup(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("SIGHUP is ignored here, as nohup does, and so it is by every process that the test starts")
	}
	data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 40)
	args := []string{
		"--config", tiny, "--data", data, "--out", run, "--epochs", "100000", "--set",
		"checkpoint.every_steps=1000000",
	}
	p := start(t, args...)
	p.await(t, "step")
	if code := p.signal(t, syscall.SIGHUP).ExitCode(); code != Interrupted {
		t.Fatalf("exit code %d, want %d: %s", code, Interrupted, p.stderr.String())
	}
	before := stepsSaved(t, run)

	p = begin(t, exec.Command("sh",
		append([]string{"-c", `trap "" HUP; exec dino pretrain --json "$@"`, "sh"}, args...)...))
	p.await(t, "step")
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p.await(t, "step") // a second apart
	}
	if code := p.signal(t, syscall.SIGTERM).ExitCode(); code != Interrupted {
		t.Errorf("exit code %d, want %d: %s", code, Interrupted, p.stderr.String())
	}
	if after := stepsSaved(t, run); after <= before {
		t.Errorf("%d steps after %d", after, before)
	}
}

// The first signal stops `dino embed`, which goes on from there.
func TestInterruptedEmbed(t *testing.T) {
	_, run := trained(t)
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "x.npy")
	photos(t, data, 10, 60)
	args := []string{
		"embed", "--json", "--weights", run, "--data", data, "--out", out, "--batch", "1", "--workers",
		"1",
	}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := begin(t, exec.Command("sh", append([]string{"-c", `exec dino "$@" 2>&1`, "sh"}, args...)...))
		p.await(t, "count")
		if code := p.signal(t, s).ExitCode(); code != Interrupted {
			t.Fatalf("%v: exit code %d, want %d: %s", s, code, Interrupted, p.stderr.String())
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatal("half a file was written")
		}
	}
	if code, printed := ends(t, "dino", args...); code != OK {
		t.Fatal(printed)
	}
}

// A second signal ends what is blocked and never looks at the first: here the writing of a long
// output that nobody reads.
func TestSecondSignalWhileBlocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.safetensors")
	many := map[string]weights.Tensor{}
	for i := range 3000 {
		many[fmt.Sprintf("a.tensor.with.a.long.name.%05d", i)] = weights.FromFloat32s([]int{1}, []float32{1})
	}
	if err := weights.Write(path, many, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		cmd := exec.Command("dino", "inspect", "--json", path)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			for { // the first stops nothing here; how soon a second is another one, only the system knows
				select {
				case <-ended:
					return
				case <-time.After(300 * time.Millisecond):
					_ = cmd.Process.Signal(s)
				}
			}
		}()
		if _, err := bufio.NewReaderSize(stdout, 16).ReadByte(); err != nil { // it writes
			t.Fatal(err)
		}
		limit := time.AfterFunc(soon, func() { _ = cmd.Process.Kill() })
		state, err := cmd.Process.Wait()
		close(ended)
		if err != nil || !limit.Stop() {
			t.Fatalf("%v: still blocked, %v", s, err)
		}
		if status, ok := state.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != s {
			t.Errorf("ended as %v, want killed by %v", state, s)
		}
		stdout.Close()
	}
}

// The same of a process that the system would not end: one that was started with the signal
// ignored, as shells start what runs in the background.
func TestSecondSignalThatWasIgnored(t *testing.T) {
	p := begin(t, exec.Command("sh", "-c", `trap "" INT; exec await-signals`))
	p.await(t, "ready")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.await(t, "first")
	// should the next one come too early
	time.AfterFunc(50*time.Millisecond, func() { _ = p.Process.Signal(os.Interrupt) })
	if code, want := p.signal(t, os.Interrupt).ExitCode(), 128+int(syscall.SIGINT); code != want {
		t.Errorf("ended as %v, want code %d", p.ProcessState, want)
	}
}

// A folder that is taken away during the run is an error at the next write, whether or not another
// one takes its place.
func TestRunFolderTakenAway(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
		photos(t, data, 0, 40)
		p := start(t, "--config", tiny, "--data", data, "--out", run, "--epochs", "100000", "--set",
			"checkpoint.every_steps=1000000")
		p.await(t, "step")
		if err := os.Rename(run, run+".old"); err != nil {
			t.Fatal(err)
		}
		if replaced {
			if err := os.Mkdir(run, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		limit := time.AfterFunc(soon, func() { _ = p.Process.Kill() })
		for p.lines.Scan() {
		}
		_ = p.Wait()
		limit.Stop()
		if code := p.ProcessState.ExitCode(); code != Failed ||
			!strings.Contains(p.stderr.String(), "removed, moved or replaced") {
			t.Errorf("replaced %v: exit code %d, want %d: %s", replaced, code, Failed, p.stderr.String())
		}
		if left, _ := os.ReadDir(run); len(left) > 0 {
			t.Errorf("replaced %v: the run wrote on into %v", replaced, left)
		}
	}
}

// A log that was shortened or removed before a run goes on is told of, with the steps that are
// missing.
func TestShortenedLog(t *testing.T) {
	data, run := trained(t)
	log := filepath.Join(run, "metrics.jsonl")
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for _, c := range []struct{ text, missing string }{
		{strings.Join(lines[:5], ""), "the steps 5 to 14"},
		{strings.Join(lines[3:], ""), "the steps 0 to 2"},
		{"", "the steps 0 to 14"},
		{string(whole), ""},
	} {
		mustWrite(t, log, c.text)
		// so that there is something left to do
		if err := os.Remove(filepath.Join(run, "teacher.safetensors")); err != nil {
			t.Fatal(err)
		}
		code, printed := ends(t, "dino", "pretrain", "--config", tiny, "--data", data, "--out", run)
		if code != OK || strings.Contains(printed, "warning: ") != (c.missing != "") ||
			!strings.Contains(printed, c.missing) {
			t.Errorf("exit code %d, want a warning of %q:\n%s", code, c.missing, printed)
		}
	}
}
