package metrics

import (
	"errors"
	"math"
)

// Names of the fields that count.
const (
	fieldStep  = "step"
	fieldEpoch = "epoch"
)

// Bounds of what is kept of a file that anybody may have written.
const (
	maxColumns = 64 // numbers with a name; a run has some twenty
	maxName    = 64 // bytes of a name
	maxCount   = 1 << 53
)

// columns are the names of the numbers met so far, by which rows of values are ordered.
type columns struct {
	names []string
	place map[string]int
}

// at is the place of a name, a new one where there is room; -1 where there is none.
func (c *columns) at(name []byte) int {
	if i, ok := c.place[string(name)]; ok {
		return i
	}
	if len(c.names) == maxColumns || len(name) > maxName {
		return -1
	}
	if c.place == nil {
		c.place = map[string]int{}
	}
	c.place[string(name)] = len(c.names)
	c.names = append(c.names, string(name))
	return len(c.names) - 1
}

// row is one line: its counters, and its values in the order of the columns; what the line lacks is
// NaN.
type row struct {
	step, epoch int64
	values      []float64
}

// errStep says that a line counts no step.
var errStep = errors.New("has no step")

// read fills the row with a line.
func (r *row) read(text []byte, c *columns) error {
	take := func(name []byte, value float64) {
		switch string(name) {
		case fieldStep:
			r.step = count(value)
		case fieldEpoch:
			r.epoch = max(count(value), 0)
		default:
			if i := c.at(name); i >= 0 {
				r.set(i, value)
			}
		}
	}
	r.clear()
	if !scanFlat(text, take) {
		r.clear()
		if err := scanAny(text, take); err != nil {
			return err
		}
	}
	if r.step < 0 {
		return errStep
	}
	return nil
}

func (r *row) clear() { r.step, r.epoch, r.values = -1, 0, r.values[:0] }

func (r *row) set(i int, value float64) {
	for len(r.values) <= i {
		r.values = append(r.values, math.NaN())
	}
	r.values[i] = value
}

// count is a whole number of at least 0, or -1.
func count(value float64) int64 {
	if value >= 0 && value <= maxCount && value == math.Trunc(value) {
		return int64(value)
	}
	return -1
}
