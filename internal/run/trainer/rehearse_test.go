package trainer

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
)

// TestRehearse builds the graphs of a step without values, and passes on what the engine says it
// takes.
func TestRehearse(t *testing.T) {
	s := small(t)
	p, _, _ := s.parts(t)
	before := variablesOf(p.Store)
	planned := func(compute.Executable) (int64, bool) { return 1 << 40, true }
	for accumulate, executables := range map[int]int64{1: 1, 2: 2} {
		p.Accumulate = accumulate
		m, err := Rehearse(p.Config, p.Learner, []int{16, 16, 8}, planned)
		if err != nil {
			t.Errorf("%d micro-batches: %v", accumulate, err)
		}
		if m.Step>>40 != executables || m.Step == executables<<40 {
			t.Errorf("%d micro-batches: a step takes %d bytes, want what %d executables and their inputs take",
				accumulate, m.Step, executables)
		}
		var trained int64
		for _, p := range p.Model.Parameters(p.Store) {
			trained += int64(p.Shape().ByteSize())
		}
		if m.State < 4*trained {
			t.Errorf("%d micro-batches: the state takes %d bytes, want student, teacher and two moments of %d each",
				accumulate, m.State, trained)
		}
	}
	_, err := Rehearse(p.Config, p.Learner, []int{16, 16, 9}, planned)
	testkit.RequireError(t, err, "building the graph of a step", "9")
	if after := variablesOf(p.Store); after != before {
		t.Errorf("the store had %d variables, and has %d", before, after)
	}
}

func variablesOf(store *model.Store) (n int) {
	for range store.IterVariables() {
		n++
	}
	return n
}
