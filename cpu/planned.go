package cpu

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/program"
)

// Memory is what one execution of a compiled computation takes beside its inputs, in bytes. It is
// known before the first execution. Executions at the same time take it each; what an execution has
// taken is kept for the next one.
type Memory struct {
	Temporaries int // intermediate values, planned so that those of different times share memory
	Results     int // outputs that cannot take the memory of a donated input
	Constants   int // literals of the computation, held from compilation on
}

// Total is the sum.
func (m Memory) Total() int { return m.Temporaries + m.Results + m.Constants }

// PlannedMemory returns the memory that executions of a computation take. ok is false where that is
// not known: the executable is not this engine's, or it has dynamic axes, whose lengths decide.
// Scratch memory of the threads for matrix products, some megabytes each, is not in it.
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
