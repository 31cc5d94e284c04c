package progress

import (
	"fmt"
	"math"
	"time"

	"github.com/dino-go/dino/internal/digits"
)

// Count is how many of a number of things are done.
type Count struct {
	Done, Total int
	Read        int    // that were read for what is under way; shown while nothing is done
	What        string // images
}

// Count shows a count, unless one was shown a moment ago; the first of its kind and the last are
// always shown. From the second on it shows how fast they go, and the time that is left.
func (p *Printer) Count(c Count) {
	p.mu.Lock()
	first, perSecond := p.pace.at(c, time.Now())
	if first {
		p.shown = time.Time{}
	}
	p.mu.Unlock()
	p.show("count", c.Done == c.Total,
		func() string { return c.line(perSecond) }, func() Fields { return c.fields(perSecond) })
}

// Stage says what begins, where nothing can be counted.
func (p *Printer) Stage(format string, args ...any) {
	p.Event("stage", Fields{"text": fmt.Sprintf(format, args...)}, format, args...)
}

// left is an estimate of the time for the rest.
func (c Count) left(perSecond float64) time.Duration {
	return time.Duration(float64(c.Total-c.Done) / perSecond * float64(time.Second))
}

// line is the count for a person.
func (c Count) line(perSecond float64) string {
	text := fmt.Sprintf("%d of %d %s", c.Done, c.Total, c.What)
	switch {
	case c.Done == 0 && c.Read > 0:
		text += fmt.Sprintf(" (%d read)", c.Read)
	case perSecond > 0:
		text += ", " + digits.Significant(perSecond) + " a second"
		if c.Done < c.Total {
			text += ", " + Duration(c.left(perSecond)) + " left"
		}
	}
	return text
}

// fields are the count for a program.
func (c Count) fields(perSecond float64) Fields {
	fields := Fields{"done": c.Done, "total": c.Total, "what": c.What, "per_s": perSecond, "left_s": nil}
	if perSecond > 0 {
		fields["left_s"] = math.Round(c.left(perSecond).Seconds())
	}
	if c.Read > 0 {
		fields["read"] = c.Read
	}
	return fields
}

// pace is how fast the things of a count go.
type pace struct {
	what  string
	total int
	from  int // done when the count began
	last  int
	since time.Time
}

// at takes note of a count. It tells whether it is the first of its kind, and how many things a
// second were done since that; 0 where none was.
func (p *pace) at(c Count, now time.Time) (first bool, perSecond float64) {
	if p.what != c.What || p.total != c.Total || c.Done < p.last {
		*p = pace{what: c.What, total: c.Total, from: c.Done, since: now}
		first = true
	}
	p.last = c.Done
	if spent := now.Sub(p.since).Seconds(); spent > 0 {
		perSecond = float64(c.Done-p.from) / spent
	}
	return first, perSecond
}
