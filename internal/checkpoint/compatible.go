package checkpoint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Parameters are the options of a run that its checkpoint depends on, by their
// names in the configuration file: shapes, seeds, schedules, data. A run that
// goes on with another value of one would not be the run that was begun.
type Parameters map[string]string

// Compatible reports every parameter that differs between a checkpoint and the
// run that wants to go on from it, with both values and what to do.
func Compatible(saved, current Parameters) error {
	names := Parameters{}
	maps.Copy(names, saved)
	maps.Copy(names, current)
	var differences []error
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, had := saved[name]
		now, has := current[name]
		switch {
		case had && has && before == now:
		case !had:
			differences = append(differences,
				fmt.Errorf("checkpoint: %s is %s, the run was begun without it: leave it out, or start a new run in "+
					"another folder", name, now))
		case !has:
			differences = append(differences,
				fmt.Errorf("checkpoint: %s is missing, the run was begun with %s: set it again, or start a new run "+
					"in another folder", name, before))
		default:
			differences = append(differences,
				fmt.Errorf("checkpoint: %s is %s, the run was begun with %s: set it back, or start a new run in "+
					"another folder", name, now, before))
		}
	}
	return errors.Join(differences...)
}
