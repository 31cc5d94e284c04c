package loop

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/program"
)

const (
	// tile is the number of elements that are computed at a time: a handful of registers of 8 KiB
	// fit the first-level cache.
	tile = 2048
	// grain is the work of a task, in elements times instructions.
	grain = 1 << 16
	// maxTasks bounds the partial results of reductions over rows.
	maxTasks = 64
)

// kind is the extent of a register.
type kind uint8

const (
	one  kind = iota // a single number
	col              // one number per column
	row              // one number per row
	full             // every element
)

// join is the extent of an elementwise operation on two kinds.
func join(a, b kind) kind {
	if a == one {
		return b
	}
	if b == one || a == b {
		return a
	}
	return full
}

// register is where a value of the program lives while a tile is computed.
type register struct {
	kind   kind
	buffer int // of the scratch memory; −1 for loads that are read in place
}

// machine is a compiled loop.
type machine[T Number] struct {
	*Loop
	regs      []register
	loads     []loader[T]
	code      []step[T]
	stores    []storer[T]
	buffers   int
	blockRows int    // rows of a tile
	taskRows  int    // rows of a task
	spill     [3]int // buffers for operands that must be spread out
	scratch   *scratches[T]
	gelu      *geluLoop // if it is one
}

// step is an instruction ready to run on a tile of so many rows.
type step[T Number] struct {
	once bool // nothing depends on the row: computed once a task
	run  func(s *scratch[T], rows int)
}

func compile[T Number](p *program.Program, name string, l *Loop) []program.Kernel {
	if _, ok := any(T(0)).(float32); ok {
		l = contract(l)
	}
	m := &machine[T]{Loop: l}
	m.blockRows = max(1, tile/max(l.Cols, 1))
	m.allocate()
	m.partition()
	k := program.Kernel{Name: name, Tasks: m.tasks(), Run: m.run}
	for _, load := range l.Loads {
		k.Reads = append(k.Reads, load.Slot)
	}
	kernels := []program.Kernel{k}
	for i := range l.Stores {
		kernels = append(kernels, m.addStore(p, &kernels[0], i)...)
	}
	kernels[0].InPlace = m.inPlace()
	if m.gelu = m.geluOf(); m.gelu != nil {
		kernels[0].Run = m.runGelu
	}
	return kernels
}

// partition decides the rows of a task from the amount of work alone.
func (m *machine[T]) partition() {
	perRow := m.Cols * (1 + len(m.Loads) + 2*len(m.Code))
	m.taskRows = max(1, grain/max(perRow, 1))
	for _, s := range m.Stores {
		if s.Target != Elements {
			m.taskRows = max(m.taskRows, (m.Rows+maxTasks-1)/maxTasks)
		}
	}
	m.taskRows = (m.taskRows + m.blockRows - 1) / m.blockRows * m.blockRows
}

func (m *machine[T]) tasks() int { return (m.Rows + m.taskRows - 1) / m.taskRows }

// allocate finds the kind of every register and gives those that need one a buffer, which is used
// again once its last reader has run.
func (m *machine[T]) allocate() {
	n := len(m.Loads) + len(m.Code)
	m.regs = make([]register, n)
	for i, k := range kindsOf(m.Loop) {
		m.regs[i].kind = k
	}
	last := m.lastUse()
	var free []int
	take := func(extent kind) int {
		if k := len(free); k > 0 && extent >= row {
			b := free[k-1]
			free = free[:k-1]
			return b
		}
		m.buffers++
		return m.buffers - 1
	}
	for i := range m.Loads {
		m.loads = append(m.loads, newLoader[T](m.Loop, &m.Loads[i]))
		m.regs[i].buffer = -1
		if m.loads[i].copies() {
			m.regs[i].buffer = take(m.loads[i].kind)
		}
	}
	for i := range m.spill {
		m.spill[i] = take(one) // a fresh one
	}
	for i, in := range m.Code {
		r := len(m.Loads) + i
		// The result takes the buffer of an operand whose last use this is, if that has its extent:
		// every operation works in place.
		var later []int
		for j, a := range in.Args {
			switch of := &m.regs[a]; {
			case last[a] != i || of.buffer < 0 || of.kind < row || !firstUse(in.Args, j):
			case of.kind == m.regs[r].kind && !isReduction(in.Op):
				free = append(free, of.buffer)
			default:
				later = append(later, of.buffer)
			}
		}
		m.regs[r].buffer = take(m.regs[r].kind)
		m.code = append(m.code, m.newStep(in, r))
		free = append(free, later...)
	}
	m.scratch = scratchesOf[T]()
}

// lastUse is for each register the position of the last instruction that reads it, len(Code) where
// a store does.
func (m *machine[T]) lastUse() []int {
	last := make([]int, len(m.Loads)+len(m.Code))
	for i, in := range m.Code {
		for _, a := range in.Args {
			last[a] = i
		}
	}
	for _, s := range m.Stores {
		last[s.Reg] = len(m.Code)
	}
	return last
}

func firstUse(args []int, j int) bool {
	for _, a := range args[:j] {
		if a == args[j] {
			return false
		}
	}
	return true
}

// inPlace pairs inputs with outputs that may take their memory: the input is read once, tile by
// tile, no later than the output is written.
func (m *machine[T]) inPlace() [][2]int {
	var pairs [][2]int
	count := map[int]int{}
	for _, l := range m.Loads {
		count[l.Slot]++
	}
	last := m.lastUse()
	for i, l := range m.Loads {
		if count[l.Slot] > 1 || m.loads[i].kind != full || !l.View.Contiguous() || l.View.Offset != 0 {
			continue
		}
		for _, s := range m.Stores {
			if s.Target == Elements && s.DType.Size() == l.DType.Size() && last[i] <= s.Reg-len(m.Loads) {
				pairs = append(pairs, [2]int{l.Slot, s.Slot})
			}
		}
	}
	return pairs
}

// isReduction tells whether an operation reduces, here: rows.
func isReduction(op compute.OpType) bool {
	switch op {
	case opDot, compute.OpTypeReduceSum, compute.OpTypeReduceProduct, compute.OpTypeReduceMax, compute.OpTypeReduceMin,
		compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor,
		compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor:
		return true
	}
	return false
}
