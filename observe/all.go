package observe

import "fmt"

// Named is an observer with the name that its errors begin with.
type Named struct {
	Name string
	Observer
}

// All tells several observers everything, one after another in the order of the list. The first
// that fails ends that: those behind it are not told, and the error names the one that failed.
type All []Named

// Note implements [Observer].
func (a All) Note(n Note) error {
	return a.tell(func(o Observer) error { return o.Note(n) })
}

// Warning implements [Observer].
func (a All) Warning(w Warning) error {
	return a.tell(func(o Observer) error { return o.Warning(w) })
}

// Started implements [Observer].
func (a All) Started(s Start) error {
	return a.tell(func(o Observer) error { return o.Started(s) })
}

// Estimated implements [Observer].
func (a All) Estimated(e Estimate) error {
	return a.tell(func(o Observer) error { return o.Estimated(e) })
}

// Progressed implements [Observer].
func (a All) Progressed(p Progress) error {
	return a.tell(func(o Observer) error { return o.Progressed(p) })
}

// Measured implements [Observer].
func (a All) Measured(b Baselines) error {
	return a.tell(func(o Observer) error { return o.Measured(b) })
}

// Score implements [Observer].
func (a All) Score(s Score) error {
	return a.tell(func(o Observer) error { return o.Score(s) })
}

// Step implements [Observer].
func (a All) Step(s Step) error {
	return a.tell(func(o Observer) error { return o.Step(s) })
}

// Saved implements [Observer].
func (a All) Saved(s Saved) error {
	return a.tell(func(o Observer) error { return o.Saved(s) })
}

// Done implements [Observer].
func (a All) Done(d Done) error {
	return a.tell(func(o Observer) error { return o.Done(d) })
}

// Sync implements [Syncer]: it calls that of every observer that is one.
func (a All) Sync() error { return a.tell(Sync) }

func (a All) tell(call func(Observer) error) error {
	for _, o := range a {
		if err := call(o.Observer); err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
	}
	return nil
}
