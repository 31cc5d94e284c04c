package main

import (
	"fmt"
	"io"
)

// report prints a line for each mutant as it is done, and counts them.
type report struct {
	out        io.Writer
	count      map[outcome]int
	equivalent int // mutants that were not tried because the list has them
	survivors  []mutant
}

func (r *report) add(m mutant, result result) {
	r.count[result.outcome]++
	if result.outcome == survived {
		r.survivors = append(r.survivors, m)
	}
	fmt.Fprintf(r.out, "%-9s  %s  %s\n", result.outcome, m, result.by)
}

func (r *report) end() {
	if len(r.survivors) > 0 {
		fmt.Fprintln(r.out, "\nNo test notices:")
	}
	for _, m := range r.survivors {
		fmt.Fprintf(r.out, "  %s\n", m)
	}
	fmt.Fprintf(r.out, "%d killed, %d survived, %d timed out, %d did not build, %d left out as equivalent\n",
		r.count[killed], r.count[survived], r.count[timedOut], r.count[notBuilt], r.equivalent)
}
