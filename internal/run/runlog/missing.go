package runlog

import (
	"fmt"
	"slices"
	"strings"
)

// Steps are consecutive steps, First and Last included.
type Steps struct{ First, Last int }

// String names the steps: "7", or "7 to 12".
func (s Steps) String() string {
	if s.First == s.Last {
		return fmt.Sprint(s.First)
	}
	return fmt.Sprintf("%d to %d", s.First, s.Last)
}

// missingOf returns what is not there of the steps before one. The steps that are there rise.
func missingOf(there []int, before int) []Steps {
	var missing []Steps
	next := 0
	for _, step := range append(slices.Clone(there), before) {
		if step > next {
			missing = append(missing, Steps{next, step - 1})
		}
		next = step + 1
	}
	return missing
}

// maxListed bounds how many stretches of steps a message names.
const maxListed = 5

// Join names stretches of steps in one text.
func Join(all []Steps) string {
	var names []string
	for _, s := range all[:min(len(all), maxListed)] {
		names = append(names, s.String())
	}
	if more := len(all) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d stretches more", more))
	}
	return strings.Join(names, ", ")
}
