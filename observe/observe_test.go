package observe

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// list writes down what it is told.
type list struct {
	Nothing
	heard *[]string
	err   error
}

func (l list) Step(s Step) error {
	*l.heard = append(*l.heard, fmt.Sprint("step ", s.Number))
	return l.err
}

// durable is a list that is a [Syncer].
type durable struct{ list }

func (d durable) Sync() error {
	*d.heard = append(*d.heard, "sync")
	return d.err
}

// Several observers are told in order; the first that fails is named, and those behind it hear
// nothing.
func TestAll(t *testing.T) {
	var first, second []string
	cause := errors.New("no space")
	a := All{{"metrics", durable{list{heard: &first, err: cause}}}, {"page", list{heard: &second}}}
	for _, call := range []func() error{
		func() error { return a.Step(Step{}) },
		func() error { return Sync(a) },
	} {
		if err := call(); !errors.Is(err, cause) || err.Error() != "metrics: no space" {
			t.Errorf("got %v", err)
		}
	}
	if want := []string{"step 0", "sync"}; !slices.Equal(first, want) || second != nil {
		t.Errorf("heard %v and %v, want %v and nothing", first, second, want)
	}
	a[0].Observer = durable{list{heard: &first}}
	if err := errors.Join(a.Step(Step{}), a.Sync()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"step 0"}; !slices.Equal(second, want) {
		t.Errorf("the second heard %v, want %v", second, want)
	}
}

// A warning says which settings would help, all together, without the words of a command.
func TestAdvice(t *testing.T) {
	w := Warning{Note: Notef("it is %s", "slow")}
	if got := w.String(); got != "it is slow" {
		t.Errorf("got %q", got)
	}
	w.Settings = []Setting{{Option: "a", Value: "1", Why: "small"}}
	if got, want := w.String(), "it is slow. To change it: set a=1 (small)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.Settings = append(w.Settings, Setting{Option: "b", Value: "2"}, Setting{Option: "c", Value: "x", Why: "old"})
	if got, want := w.String(), "it is slow. To change it: set a=1 and b=2 and c=x (a: small; c: old)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Advise(w.Settings[1:2], "--set ", " --set "), ". To change it: --set b=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every event reaches every observer: a list of observers is one.
func TestAllTellsEveryEvent(t *testing.T) {
	cause := errors.New("heard")
	a := All{{"inner", All{{"all", failing{cause}}}}}
	for name, err := range map[string]error{
		"Note": a.Note(Note{}), "Warning": a.Warning(Warning{}), "Started": a.Started(Start{}),
		"Estimated": a.Estimated(Estimate{}), "Progressed": a.Progressed(Progress{}),
		"Measured": a.Measured(Baselines{}),
		"Score":    a.Score(Score{}),
		"Step":     a.Step(Step{}), "Saved": a.Saved(Saved{}), "Done": a.Done(Done{}),
	} {
		if want := "inner: all: " + name + ": heard"; !errors.Is(err, cause) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// failing is an observer each of whose methods fails with its name.
type failing struct{ err error }

func (f failing) fail(method string) error { return fmt.Errorf("%s: %w", method, f.err) }

func (f failing) Note(Note) error           { return f.fail("Note") }
func (f failing) Warning(Warning) error     { return f.fail("Warning") }
func (f failing) Started(Start) error       { return f.fail("Started") }
func (f failing) Estimated(Estimate) error  { return f.fail("Estimated") }
func (f failing) Progressed(Progress) error { return f.fail("Progressed") }
func (f failing) Measured(Baselines) error  { return f.fail("Measured") }
func (f failing) Score(Score) error         { return f.fail("Score") }
func (f failing) Step(Step) error           { return f.fail("Step") }
func (f failing) Saved(Saved) error         { return f.fail("Saved") }
func (f failing) Done(Done) error           { return f.fail("Done") }
