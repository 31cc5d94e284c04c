package cpu

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/program"
)

// Memory is the memory of one execution of a compiled computation beside its inputs, in bytes. It
// is known before the first execution. Concurrent executions need as much each; the memory of an
// execution is kept for the next one.
type Memory struct {
	Temporaries int // intermediate values; those whose lifetimes do not overlap share memory
	Results     int // outputs that cannot take the memory of a donated input
	Constants   int // literals of the computation, held from compilation on
}

// Total is the sum of the three, in bytes.
func (m Memory) Total() int { return m.Temporaries + m.Results + m.Constants }

// PlannedMemory returns the memory that an execution of a computation needs. ok is false where that
// is unknown: the executable is of another engine, or has dynamic axes, whose lengths decide. Not
// counted is scratch memory of the threads for matrix products, some megabytes each.
func PlannedMemory(e compute.Executable) (m Memory, ok bool) {
	own, ok := e.(*executable)
	if !ok || own.dynamic {
		return Memory{}, false
	}
	p := own.programs[""]
	if p == nil {
		return Memory{}, false
	}
	m.Temporaries, m.Constants = planned(p, map[*program.Program]bool{})
	for i, shape := range p.Outputs {
		if p.Donor(i) < 0 {
			m.Results += shape.Size() * shape.DType.Size()
		}
	}
	return m, true
}

// planned adds up the arenas and literals of a program and of the programs of its control flow,
// each of which is counted once.
func planned(p *program.Program, seen map[*program.Program]bool) (arenas, literals int) {
	if seen[p] {
		return 0, 0
	}
	seen[p] = true
	arenas = p.ArenaSize()
	for _, s := range p.Slots {
		if s.Kind == program.Literal {
			literals += len(s.Data)
		}
	}
	for _, k := range p.Kernels {
		for _, nested := range k.Nested {
			a, l := planned(nested, seen)
			arenas, literals = arenas+a, literals+l
		}
	}
	return arenas, literals
}
