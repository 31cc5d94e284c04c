package runs

import (
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/internal/runfiles"
)

// How often folders are searched for new runs, and runs that nobody works on are looked at: every
// ten seconds, and where that takes long, for a twentieth of the time.
const (
	searchEvery = 10 * time.Second
	searchShare = 20
)

// Collection are the runs of some folders, kept up to date. Its methods may be called by several
// goroutines.
type Collection struct {
	paths []string

	refreshing sync.Mutex
	searched   time.Time
	took       time.Duration // by the search

	mu   sync.Mutex
	runs []*Run // in the order of Find, new ones behind
	more bool
}

// NewCollection finds the runs of paths: see [Find].
func NewCollection(paths []string) (*Collection, error) {
	c := &Collection{paths: paths}
	found, more, err := Find(paths)
	if err != nil {
		return nil, err
	}
	c.runs, c.more = found, more
	return c, nil
}

// Runs are the runs, those that came later behind the others.
func (c *Collection) Runs() []*Run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.runs)
}

// Truncated tells that a folder was too large to be searched whole.
func (c *Collection) Truncated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.more
}

// Run is the run of an ID; nil where there is none.
func (c *Collection) Run(id string) *Run {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.runs, func(r *Run) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return c.runs[i]
}

// Refresh looks at the runs: those at work at each call, the others, and the folders for new
// ones, every ten seconds. It calls tell when something is new: once in the end, and while it works
// ten times a second, for a first look at many runs takes a while. Those that were written last
// come first.
func (c *Collection) Refresh(now time.Time, tell func()) {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	all := c.searched.IsZero() || now.Sub(c.searched) >= max(searchEvery, searchShare*c.took)
	looked := c.Runs()
	if all {
		begun := time.Now()
		c.search()
		c.searched, c.took = now, time.Since(begun)
		looked = newestFirst(c.Runs())
	}
	locks, changed, told := ReadLocks(), false, time.Now()
	for _, r := range looked {
		if (all || r.alive(locks)) && r.Refresh(now, locks) {
			changed = true
		}
		if changed && time.Since(told) > time.Second/10 {
			tell()
			changed, told = false, time.Now()
		}
	}
	if changed {
		tell()
	}
}

// alive tells whether a run was at work at the last look, or is held by a process of this machine.
func (r *Run) alive(locks Locks) bool {
	state := r.Summary().State
	return state == Running || state == Starting || locks.Held(r.file(runfiles.Lock))
}

// newestFirst orders runs by the time of their metrics.
func newestFirst(all []*Run) []*Run {
	written := map[*Run]time.Time{}
	for _, r := range all {
		written[r] = stampOf(r.file(runfiles.Metrics)).time
	}
	slices.SortStableFunc(all, func(a, b *Run) int { return written[b].Compare(written[a]) })
	return all
}

// search brings in new runs. Those that are gone stay, in that state, as long as the program runs:
// they may come back, and somebody may look at them. A folder that cannot be searched now keeps its
// runs.
func (c *Collection) search() {
	found, more, err := Find(c.paths)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more = more
	for _, r := range found {
		if !slices.ContainsFunc(c.runs, func(known *Run) bool { return known.ID == r.ID }) {
			c.runs = append(c.runs, r)
		}
	}
}
