package pretrain

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// reader is an observer that looks into the run folder when it hears of a step.
type reader struct {
	observe.Nothing
	dir   *rundir.Dir
	lines []int // of metrics.jsonl, at each step
	heard []string
}

func (r *reader) Step(s observe.Step) error {
	text, err := os.ReadFile(r.dir.Metrics())
	r.lines, r.heard = append(r.lines, bytes.Count(text, []byte("\n"))), append(r.heard, fmt.Sprint("step ", s.Number))
	return err
}

func (r *reader) Warning(w observe.Warning) error {
	r.heard = append(r.heard, fmt.Sprintf("%s: %s at %d", w.Name, w.Kind, w.Step))
	return nil
}

// opened are the logs of a run in a new folder, with an observer, that heard of its start.
func opened(t *testing.T) (*logs, *reader) {
	t.Helper()
	dir, err := rundir.Open(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	r := &reader{dir: dir}
	table := trainer.Measurements(distill.MeasurementsOf(distill.DefaultConfig()))
	v := &verdict.Observer{Judge: verdict.New(verdict.Facts{Prototypes: 16, MicroBatch: 8})}
	l, err := openLogs(dir, table, 0, v, observe.All{{Name: "reader", Observer: r}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if err := l.Started(observe.Start{Prototypes: 16}); err != nil {
		t.Fatal(err)
	}
	return l, r
}

// shared are the values of a step in which all images have one prototype.
var shared = measure.Values{"teacher_entropy": 0, "marginal_entropy": 0, "kl": 0, "loss": 0}

// What an observer hears of is in the files already, and a warning comes behind its step.
func TestOrderOfLogs(t *testing.T) {
	l, r := opened(t)
	for step := range 12 {
		if err := l.Step(observe.Step{Number: step, Values: shared}); err != nil {
			t.Fatal(err)
		}
		if r.lines[step] != step+1 {
			t.Fatalf("step %d is heard of with %d lines in metrics.jsonl", step, r.lines[step])
		}
	}
	want := []string{"step 9", "step 10", "verdict: one_prototype at 10", "step 11"}
	if got := r.heard[9:]; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// A file that fails ends the run by its name, and nobody hears of the step that it lacks.
func TestALogThatFails(t *testing.T) {
	l, r := opened(t)
	if err := os.Remove(r.dir.Metrics()); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, l.Step(observe.Step{Values: shared}), "metrics.jsonl: runlog: ")
	if len(r.heard) > 0 {
		t.Errorf("heard %q", r.heard)
	}
	l, r = opened(t)
	if err := os.RemoveAll(r.dir.Events()); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, l.Step(observe.Step{Values: shared}), "TensorBoard: runlog: ")
}
