package runs

import "time"

// State is whether a run is alive.
type State string

// The states of a run.
const (
	Starting State = "starting" // a process works on it, and no step is done
	Running  State = "running"
	Finished State = "finished" // the trained backbone is there
	Stopped  State = "stopped"  // nobody works on it, and nothing is lost: the checkpoint is of the last step
	Crashed  State = "crashed"  // nobody works on it, and steps were done since the checkpoint
	Gone     State = "gone"     // there is no run in the folder
)

// heartbeat watches whether something is written. Files are dated by the clock of their disk, which
// may differ from ours and jump: what counts is between which two looks of ours, by the monotonic
// clock, something was written. The date tells where between them; only at first sight, when there
// was no look before, it counts alone.
type heartbeat struct {
	newest  time.Time // of the files, as last seen
	looked  time.Time // when, ours
	changed time.Time // when something was written for the last time, ours
	locked  bool      // the lock was seen held
	ended   bool      // it was seen free after that, and nothing was written since
}

// observe takes the time of the newest file and whether the lock is held.
func (h *heartbeat) observe(now, newest time.Time, locked bool) {
	age := max(now.Round(0).Sub(newest), 0)
	switch {
	case h.looked.IsZero():
		h.changed = now.Add(-age)
	case !newest.Equal(h.newest):
		h.changed = now.Add(-min(age, now.Sub(h.looked)))
		h.ended = false
	}
	if h.locked != locked {
		h.ended = !locked
	}
	h.newest, h.looked, h.locked = newest, now, locked
}

// silence is how long nothing was written.
func (h *heartbeat) silence(now time.Time) time.Duration { return max(now.Sub(h.changed), 0) }

// situation is what the files say.
type situation struct {
	there    bool // there is a run at all
	begun    bool // at least one step
	complete bool // the backbone is there, and newer than the metrics
	whole    bool // the backbone is there, and the last epoch has begun: a copy has other times
	saved    bool // the checkpoint is of the last step
	patience time.Duration
}

// state tells whether the run is alive. A held lock is proof. Its absence is none, for the process
// may be on another machine or in another container; then a run is alive as long as it writes,
// within its patience. Where the lock was seen held and then free, the process has ended, unless
// another writes since.
func (h *heartbeat) state(now time.Time, s situation) State {
	alive := h.locked || !h.ended && h.silence(now) < s.patience
	switch {
	case !s.there:
		return Gone
	case s.complete && !h.locked:
		return Finished
	case alive && !s.begun:
		return Starting
	case alive:
		return Running
	case s.complete, s.whole:
		return Finished
	case s.saved, !s.begun:
		return Stopped
	}
	return Crashed
}
