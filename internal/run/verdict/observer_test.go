package verdict

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// warned keeps what it is warned of.
type warned struct {
	observe.Nothing
	of []observe.Warning
}

func (w *warned) Warning(of observe.Warning) error {
	w.of = append(w.of, of)
	return nil
}

// observing is an observer with a log, from a step on.
func observing(t *testing.T, path string, from int, past []measure.Values) (*Observer, *warned) {
	t.Helper()
	log, err := OpenLog(path, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	f := recorded()
	f.Batch = 2 // a finding before the first step
	w := &warned{}
	o := &Observer{Judge: New(f), Log: log, To: w}
	for step, values := range past {
		o.Past = append(o.Past, Past{step, values})
	}
	if err := o.Started(observe.Start{}); err != nil {
		t.Fatal(err)
	}
	return o, w
}

func steps(t *testing.T, o *Observer, from int, all []measure.Values) error {
	t.Helper()
	for step := from; step < len(all); step++ {
		if err := o.Step(observe.Step{Number: step, Values: all[step]}); err != nil {
			return err
		}
	}
	return nil
}

// A run that was interrupted and goes on has the log of one that was not, wherever it was, and
// tells nothing twice.
func TestGoingOnHasTheSameLog(t *testing.T) {
	all := read(t, "rate_100")
	whole := filepath.Join(t.TempDir(), "verdict.jsonl")
	o, told := observing(t, whole, 0, nil)
	if err := steps(t, o, 0, all); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole)
	if err != nil || len(told.of) < 3 {
		t.Fatalf("%d warnings, %v", len(told.of), err)
	}
	for _, cut := range []int{1, 30, 49, 170} {
		path := filepath.Join(t.TempDir(), "verdict.jsonl")
		o, first := observing(t, path, 0, nil)
		if err := steps(t, o, 0, all[:min(cut+20, len(all))]); err != nil { // 20 steps behind the checkpoint are lost
			t.Fatal(err)
		}
		lost := len(first.of)
		o, second := observing(t, path, cut, all[:cut])
		if err := steps(t, o, cut, all); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("cut at %d: -want +got:\n%s", cut, diff)
		}
		if n := lost + len(second.of); n < len(told.of) {
			t.Errorf("cut at %d: %d warnings, want %d or more", cut, n, len(told.of))
		}
	}
}

// Lines of the log, the warnings' fields and what is read back are the same findings.
func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "verdict.jsonl")
	o, told := observing(t, path, 0, nil)
	if err := steps(t, o, 0, read(t, "center_off")); err != nil {
		t.Fatal(err)
	}
	if err := o.Sync(); err != nil {
		t.Fatal(err)
	}
	findings, err := readLog(path)
	if err != nil || len(findings) != len(told.of) {
		t.Fatalf("%d findings, %d warnings, %v", len(findings), len(told.of), err)
	}
	for i, f := range findings {
		var fields map[string]any
		text, err := json.Marshal(f)
		if err != nil || json.Unmarshal(text, &fields) != nil {
			t.Fatal(err)
		}
		w := told.of[i]
		if diff := cmp.Diff(fields, w.Fields); diff != "" || w.Kind != string(f.Kind) || w.Step != f.Step ||
			w.Name != Name {
			t.Errorf("%v: -log +warning:\n%s", w, diff)
		}
	}
	// A torn last line, and what is no finding, are not read.
	for _, behind := range []string{`{"kind":"x"`, "no JSON\n" + `{"kind":"x"}` + "\n"} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := filepath.Join(t.TempDir(), "verdict.jsonl")
		if err := os.WriteFile(damaged, append(content, behind...), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readLog(damaged)
		if diff := cmp.Diff(findings, got); diff != "" || err != nil {
			t.Errorf("%q behind: %v\n%s", behind, err, diff)
		}
	}
}

// A run that is to stop does so at the first failure, and no sooner.
func TestStop(t *testing.T) {
	o, told := observing(t, filepath.Join(t.TempDir(), "verdict.jsonl"), 0, nil)
	o.Stop = true
	err := steps(t, o, 0, read(t, "rate_100"))
	last := told.of[len(told.of)-1]
	if !errors.Is(err, ErrFailed) || last.Fields["severity"] != string(Failure) ||
		!strings.Contains(err.Error(), last.String()) {
		t.Errorf("ended with %v, and the last warning is %v", err, last)
	}
	if first := told.of[0]; first.Fields["severity"] != string(Warning) {
		t.Errorf("the first warning is %v", first)
	}
}

// readLog reads the findings of a log, up to the first line that is none.
func readLog(path string) ([]Finding, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	defer file.Close()
	var all []Finding
	err = EachFinding(file, func(f Finding, _ int) bool {
		if f.Kind == "" {
			return false
		}
		all = append(all, f)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("verdict: %s: %w", path, err)
	}
	return all, nil
}
