// Package observe says what a training run tells, and to whom: an [Observer] hears of every step,
// score, warning and saved state. The logs and what stands on the terminal are observers; a program
// that trains adds its own.
package observe

// Observer is told what a run does, in the order in which it happens and from one goroutine. The
// run waits for every method: one that takes long makes the run slow. An error of any method ends
// the run; what was saved until then stays.
//
// A run that has something to do calls Started once, then for each step Step, and Done at the end.
// Between steps it calls Estimated, when it knows how long it will take, and Measured, when it has
// the scores that the teacher's are read beside. One that is complete already calls Done alone,
// beside notes. Embed [Nothing] to implement only some methods. What an event holds may be kept,
// and not changed: it goes on to others.
type Observer interface {
	// Note is called with what is good to know and asks for nothing, also before Started.
	Note(Note) error
	// Warning is called with what somebody should look at, also before Started.
	Warning(Warning) error
	// Started is called when the first step is about to be computed.
	Started(Start) error
	// Estimated is called after the first few steps, and again when the steps have become slower or
	// faster for good, by more than 30 %.
	Estimated(Estimate) error
	// Progressed is called while something is done that takes long beside the steps, also before
	// Started.
	Progressed(Progress) error
	// Measured is called once in a run, after its first steps and before its first score, with the
	// baselines. A run that goes on has them in [Start].
	Measured(Baselines) error
	// Score is called after the teacher was scored, before Step is called for the same step.
	Score(Score) error
	// Step is called after every optimizer step, before its state is saved.
	Step(Step) error
	// Saved is called when a checkpoint is on the disk.
	Saved(Saved) error
	// Done is called when the trained backbone is on the disk.
	Done(Done) error
}

// Syncer is implemented by an observer that keeps what it is told in a file. Sync makes it durable:
// it is called before a checkpoint is saved, so that no checkpoint counts a step that the file
// could lose in a power failure.
type Syncer interface {
	Sync() error
}

// Sync calls the observer's Sync, if it is a [Syncer].
func Sync(o Observer) error {
	if s, ok := o.(Syncer); ok {
		return s.Sync()
	}
	return nil
}
