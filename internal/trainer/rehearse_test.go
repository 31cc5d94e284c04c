package trainer

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"
)

// A rehearsal finds what the graphs of a step refuse, and leaves the store alone.
func TestRehearse(t *testing.T) {
	s := small(t)
	c, _, _ := s.config(t)
	before := variablesOf(c.Store)
	for _, accumulate := range []int{1, 2} {
		c.Accumulate = accumulate
		if _, err := Rehearse(c, []int{16, 16, 8}); err != nil {
			t.Errorf("%d micro-batches: %v", accumulate, err)
		}
	}
	_, err := Rehearse(c, []int{16, 16, 9})
	requireError(t, err, "building the graph of a step", "9")
	if after := variablesOf(c.Store); after != before {
		t.Errorf("the store had %d variables, and has %d", before, after)
	}
}

func variablesOf(store *model.Store) (n int) {
	for range store.IterVariables() {
		n++
	}
	return n
}
