package verdict

import "strconv"

// has tells whether the run has the value already that an advice would set. Numbers are the same
// where they are written the same; see [number].
func (f Facts) has(a Advice) bool {
	set, known := f.Options[a.Option]
	if !known || set == a.Value {
		return known
	}
	is, err := strconv.ParseFloat(set, 64)
	if err != nil {
		return false
	}
	to, err := strconv.ParseFloat(a.Value, 64)
	return err == nil && number(is) == number(to)
}
