// Package memory tells how much memory this process may still take, and from whom it has the limit:
// the machine, the control groups (cgroups) that it runs in, its resource limits (ulimit) or
// GOMEMLIMIT. It is implemented for Linux; on other systems the limits are unknown and nothing is
// checked.
//
// Tests: known answer (trees of files like those of Linux, of both versions of cgroups), real
// processes under ulimit.
package memory

import (
	"cmp"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/digits"
)

// Limit is a number of bytes that can still be taken.
type Limit struct {
	Available int64
	From      string // who sets it, for a person: "the machine (MemAvailable)"
}

// Process says how the limits of a process are read. The zero value is this process.
type Process struct {
	Root string // in front of /proc and /sys; empty for the system's own
}

// Available is the tightest limit. ok is false where none is known.
func (p Process) Available() (tightest Limit, ok bool) {
	limits := p.system()
	if soft := debug.SetMemoryLimit(-1); p.Root == "" && soft < math.MaxInt64 {
		limits = append(limits, Limit{max(0, soft-held()), softFrom})
	}
	if len(limits) == 0 {
		return Limit{}, false
	}
	return slices.MinFunc(limits, byAvailable), true
}

func byAvailable(a, b Limit) int { return cmp.Compare(a.Available, b.Available) }

// Need is memory for one purpose.
type Need struct {
	Bytes int64
	For   string // "the batches that are loaded ahead"
}

// Error says that there is too little memory. Callers add the options that lower the need.
type Error struct {
	Needed int64
	Limit  Limit
}

func (e *Error) Error() string {
	return fmt.Sprintf("needs about %s of memory, but %s leaves %s", digits.Bytes(e.Needed), e.Limit.From,
		digits.Bytes(e.Limit.Available))
}

// Check returns an [*Error] if so many more bytes are not available. Where nothing is known it
// returns nil.
func Check(needed int64) error { return Process{}.Check(needed) }

// Check is [Check] for the limits of p.
func (p Process) Check(needed int64) error {
	if l, ok := p.Available(); ok && needed > l.Available {
		return &Error{needed, l}
	}
	return nil
}

// Sum adds up needs.
func Sum(needs []Need) int64 {
	var sum int64
	for _, n := range needs {
		sum += n.Bytes
	}
	return sum
}

// List names needs with their sizes, for a person: the largest first, without those of nothing.
func List(needs []Need) string {
	needs = slices.DeleteFunc(slices.Clone(needs), func(n Need) bool { return n.Bytes < 1e5 })
	slices.SortStableFunc(needs, func(a, b Need) int { return cmp.Compare(b.Bytes, a.Bytes) })
	var parts []string
	for _, n := range needs {
		parts = append(parts, fmt.Sprintf("%s for %s", digits.Bytes(n.Bytes), n.For))
	}
	return strings.Join(parts, ", ")
}
