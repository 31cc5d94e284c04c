//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/run/runlog"
)

// process prints lines of JSON and runs beside the test.
type process struct {
	*exec.Cmd
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

// start runs `dino pretrain --json` with more arguments.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return begin(t, exec.Command("dino", append([]string{"pretrain", "--json"}, args...)...))
}

func begin(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd}
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(stdout)
	p.lines.Buffer(nil, 1<<20)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// await reads the output up to an event.
func (p *process) await(t *testing.T, event string) {
	t.Helper()
	for p.lines.Scan() {
		var line struct{ Event string }
		if err := json.Unmarshal(p.lines.Bytes(), &line); err != nil {
			t.Fatalf("%q: %v", p.lines.Text(), err)
		}
		if line.Event == event {
			return
		}
	}
	t.Fatalf("the process ended without the event %q: %s", event, p.stderr.String())
}

// signal sends a signal, waits for the end and returns how the process ended.
func (p *process) signal(t *testing.T, s os.Signal) *os.ProcessState {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() { // so that the process does not block on its output
	}
	var failed *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return p.ProcessState
}

// stepsSaved returns the steps of the newest checkpoint of a run, which must be those of its log.
func stepsSaved(t *testing.T, run string) int {
	t.Helper()
	loaded, warnings, err := checkpoint.Latest(filepath.Join(run, "checkpoints"))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	defer loaded.Tensors.Close()
	records, err := runlog.ReadMetrics(filepath.Join(run, "metrics.jsonl"), measurements)
	if err != nil || len(records) != loaded.Step {
		t.Errorf("the checkpoint holds %d steps, the log %d: %v", loaded.Step, len(records), err)
	}
	return loaded.Step
}

// SIGINT and SIGTERM finish the step, save and end with their own code; the same command goes on,
// and is interrupted again.
func TestSignals(t *testing.T) {
	data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 40)
	before := 0
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Interrupt} {
		p := start(t, "--config", tiny, "--data", data, "--out", run, "--epochs", "100000", "--set",
			"checkpoint.every_steps=1000000")
		p.await(t, "step")
		if code := p.signal(t, s).ExitCode(); code != Interrupted {
			t.Fatalf("%v: exit code %d, want %d: %s", s, code, Interrupted, p.stderr.String())
		}
		if got, want := p.stderr.String(), "dino: trainer: interrupted; the state is saved, and the same command "+
			"goes on from here\n"; got != want {
			t.Errorf("%v: standard error %q, want %q", s, got, want)
		}
		after := stepsSaved(t, run)
		if after <= before {
			t.Errorf("%v: %d steps saved after %d", s, after, before)
		}
		before = after
	}
}

// A folder of images and one for the run are all that has to be given.
func TestNothingElseGiven(t *testing.T) {
	data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 8)
	p := start(t, "--data", data, "--out", run)
	p.await(t, "step")
	if code := p.signal(t, os.Interrupt).ExitCode(); code != Interrupted {
		t.Fatalf("exit code %d, want %d: %s", code, Interrupted, p.stderr.String())
	}
	stepsSaved(t, run)
}

// While a run is going on, a second process leaves its folder alone.
func TestSecondProcess(t *testing.T) {
	data, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	photos(t, data, 0, 40)
	args := []string{"--config", tiny, "--data", data, "--out", run, "--epochs", "100000"}
	first := start(t, args...)
	first.await(t, "step")
	second := exec.Command("dino", append([]string{"pretrain"}, args...)...)
	output, _ := second.CombinedOutput()
	if code := second.ProcessState.ExitCode(); code != Usage {
		t.Errorf("exit code %d, want %d", code, Usage)
	}
	if want := fmt.Sprintf("dino: run folder: another process works on %s: wait for it, or choose another folder "+
		"for the run\n",
		run); string(output) != want {
		t.Errorf("got %q, want %q", output, want)
	}
	if code := first.signal(t, syscall.SIGTERM).ExitCode(); code != Interrupted {
		t.Errorf("the first ended with %d: %s", code, first.stderr.String())
	}
	stepsSaved(t, run)
}

func init() {
	commands["await-signals"] = func() {
		ctx, stop := interruptible()
		defer stop()
		fmt.Println(`{"event":"ready"}`)
		<-ctx.Done()
		fmt.Println(`{"event":"first"}`)
		time.Sleep(time.Minute) // a step that takes long
	}
}

// A second signal does not wait for the step under way.
func TestSecondSignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := begin(t, exec.Command("await-signals"))
		p.await(t, "ready")
		if err := p.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		p.await(t, "first")
		time.AfterFunc(50*time.Millisecond, func() { p.Process.Signal(s) }) // should the next one come too early
		if status, ok := p.signal(t, s).Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != s {
			t.Errorf("ended as %v, want killed by %v", p.ProcessState, s)
		}
	}
}
