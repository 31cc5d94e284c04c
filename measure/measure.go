// Package measure describes the numbers that a run writes down about each of its steps. A
// [Measurement] says everything about one of them but its value; from a [Table] of them follow the
// lines of metrics.jsonl, the tags of TensorBoard, the status line of a terminal and the table in
// docs/formats.md.
//
// Tests: property (values), and the tables of the packages that measure, each there.
package measure

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// Measurement describes a number of a step.
type Measurement struct {
	Name  string // in metrics.jsonl: lower case, digits and underscores
	Group string // of its tag in TensorBoard, which is GROUP/NAME
	Unit  string // nats, %, images/s; empty for a pure number
	Doc   string // what it is, in Markdown, in one line without a final full stop

	// Sometimes says that only some steps have it; a step without it has no field for it.
	Sometimes bool
	// Status is how the status line shows it; the zero value does not.
	Status Status
}

// Status is how the status line of a run shows a measurement.
type Status struct {
	Place int                    // the line is in this order; from 1
	Text  func(x float64) string // with the name and the unit that a person wants
}

// Tag is the name in TensorBoard.
func (m Measurement) Tag() string { return m.Group + "/" + m.Name }

// Table lists measurements in the order in which they are written.
type Table []Measurement

// Named returns the measurement of a name. It panics where there is none: a package that needs one
// asks for it once, when the program starts.
func (t Table) Named(name string) Measurement {
	for _, m := range t {
		if m.Name == name {
			return m
		}
	}
	panic(fmt.Sprintf("measure: no measurement is called %q", name))
}

// Shown lists the measurements of the status line, in its order.
func (t Table) Shown() []Measurement {
	var shown []Measurement
	for _, m := range t {
		if m.Status.Text != nil {
			shown = append(shown, m)
		}
	}
	slices.SortStableFunc(shown, func(a, b Measurement) int { return a.Status.Place - b.Status.Place })
	return shown
}

var wellFormed = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved are fields of a line that are no measurements.
var reserved = []string{"step", "epoch"}

// Validate reports the first measurement that cannot be written beside the others.
func (t Table) Validate() error {
	names := map[string]bool{}
	for i, m := range t {
		switch {
		case !wellFormed.MatchString(m.Name) || !wellFormed.MatchString(m.Group):
			return fmt.Errorf("measure: measurement %d has the name %q in the group %q: both must be lower-case "+
				"letters, digits and underscores, a letter first", i, m.Name, m.Group)
		case names[m.Name] || slices.Contains(reserved, m.Name):
			return fmt.Errorf("measure: measurement %d is called %q, as another field of a line is: give it another "+
				"name", i, m.Name)
		}
		names[m.Name] = true
	}
	return nil
}

// Values are the numbers of a step, by the names of their measurements.
type Values map[string]float64

// Of is the value of a measurement, NaN where there is none.
func (v Values) Of(m Measurement) float64 {
	if x, ok := v[m.Name]; ok {
		return x
	}
	return math.NaN()
}

// Has tells whether there is a value of a measurement.
func (v Values) Has(m Measurement) bool {
	_, ok := v[m.Name]
	return ok
}

// Set sets the value of a measurement.
func (v Values) Set(m Measurement, x float64) { v[m.Name] = x }
