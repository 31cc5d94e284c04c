package runs

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/run/rundir"
)

// stateAt refreshes a run at a time.
func stateAt(r *Run, now time.Time) State {
	r.Refresh(now, ReadLocks())
	return r.Summary().State
}

// What is told from the files alone, as of a run on another machine.
func TestStateFromFiles(t *testing.T) {
	for name, c := range map[string]struct {
		steps   int
		saved   int
		teacher bool
		silent  time.Duration
		want    State
	}{
		"no step yet":               {0, 0, false, 0, Starting},
		"at work":                   {5, 4, false, 0, Running},
		"silent for a moment":       {5, 4, false, 50 * time.Second, Running},
		"killed":                    {5, 4, false, 2 * time.Minute, Crashed},
		"interrupted":               {5, 5, false, 2 * time.Minute, Stopped},
		"ended before the first":    {0, 0, false, 2 * time.Minute, Stopped},
		"finished":                  {12, 12, true, 2 * time.Minute, Finished},
		"finished a moment ago":     {12, 12, true, 0, Finished},
		"extended, and killed then": {5, 4, true, 2 * time.Minute, Crashed},
	} {
		path := filepath.Join(t.TempDir(), "run")
		newRun(t, path, c.steps)
		if c.saved > 0 {
			save(t, path, c.saved)
		}
		if c.teacher {
			write(t, filepath.Join(path, "teacher.safetensors"), "")
		}
		age(t, path, c.silent)
		if name == "extended, and killed then" {
			before := time.Now().Add(-time.Hour)
			if err := os.Chtimes(filepath.Join(path, "teacher.safetensors"), before, before); err != nil {
				t.Fatal(err)
			}
		}
		if got := stateAt(Open(path, "run"), time.Now()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A copy has other times than the run: it is finished all the same, once it is seen to be silent.
func TestCopyOfAFinishedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 12)
	write(t, filepath.Join(path, "teacher.safetensors"), "")
	age(t, path, time.Hour)
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(12))
	r, now := Open(path, "run"), time.Now()
	stateAt(r, now)
	if got := stateAt(r, now.Add(2*time.Minute)); got != Finished {
		t.Errorf("%s", got)
	}
}

// Silence is measured by our clock: neither a disk whose clock is ahead or behind nor one that
// jumps makes a run alive or dead.
func TestClocks(t *testing.T) {
	for _, ahead := range []time.Duration{-3 * time.Hour, 0, 3 * time.Hour} {
		path := filepath.Join(t.TempDir(), "run")
		newRun(t, path, 5)
		age(t, path, -ahead)
		r, now := Open(path, "run"), time.Now()
		stateAt(r, now)
		write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(6))
		age(t, path, -ahead-time.Second)
		if got := stateAt(r, now.Add(time.Second)); got != Running {
			t.Errorf("%v ahead, having written: %s", ahead, got)
		}
		if got := stateAt(r, now.Add(50*time.Second)); got != Running {
			t.Errorf("%v ahead, 50 s later: %s", ahead, got)
		}
		if got := stateAt(r, now.Add(2*time.Minute)); got != Crashed {
			t.Errorf("%v ahead, two minutes later: %s", ahead, got)
		}
		stateAt(r, now.Add(170*time.Second))
		write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(7))
		age(t, path, 24*time.Hour) // the clock jumps back by a day
		if got := stateAt(r, now.Add(3*time.Minute)); got != Running {
			t.Errorf("%v ahead, the clock of the disk having jumped: %s", ahead, got)
		}
	}
}

// Where nobody has looked for hours, a run that ended meanwhile is not taken for one that has just
// written.
func TestLookAfterHours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 5)
	age(t, path, 5*time.Hour)
	r, now := Open(path, "run"), time.Now()
	stateAt(r, now.Add(-4*time.Hour))
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(6))
	age(t, path, 3*time.Hour)
	if got := stateAt(r, now); got != Crashed || r.Summary().Silent < 10_000 {
		t.Errorf("%s, silent for %d s", got, r.Summary().Silent)
	}
}

// A process of this machine is seen by its lock, however silent it is, and its end at once.
func TestLock(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows who holds a lock")
	}
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 5)
	dir, err := rundir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	age(t, path, time.Hour)
	r, now := Open(path, "run"), time.Now()
	if !ReadLocks().Held(filepath.Join(path, ".lock")) {
		t.Skip("this file system or container does not show locks")
	}
	if got := stateAt(r, now); got != Running {
		t.Errorf("locked: %s", got)
	}
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(6))
	if got := stateAt(r, now.Add(time.Second)); got != Running {
		t.Errorf("locked and writing: %s", got)
	}
	// the watcher never stands in the way of a run
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	if got := stateAt(r, now.Add(2*time.Second)); got != Crashed {
		t.Errorf("a second after its end: %s", got)
	}
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(7)) // goes on on another machine
	if got := stateAt(r, now.Add(3*time.Second)); got != Running {
		t.Errorf("gone on elsewhere: %s", got)
	}
}

// Slow steps are waited for.
func TestPatience(t *testing.T) {
	slow, stuck := 0.5, 0.0
	for _, c := range []struct {
		speed *float64
		want  time.Duration
	}{{nil, time.Minute}, {&stuck, time.Minute}, {&slow, 20 * 16 * time.Second}} {
		if got := (facts{batch: 8}).patience(c.speed); got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}
