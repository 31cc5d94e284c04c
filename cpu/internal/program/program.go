// Package program runs compiled graphs: a flat list of kernels over numbered slots of memory,
// planned ahead.
package program

import (
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

// Kernel is one step of a program: Tasks independent pieces of work, fixed when it is compiled so
// that results do not depend on the number of threads. Run must touch nothing but the slots it
// lists.
type Kernel struct {
	Name   string
	Tasks  int
	Run    func(f *Frame, task int)
	Reads  []int
	Writes []int
	// InPlace pairs a slot that is read with one that is written: they may share memory if no later
	// kernel reads the first one.
	InPlace [][2]int
	// Serial, when set, replaces Tasks and Run: it runs once on the calling goroutine and may use
	// f.Nested.
	Serial func(f *Frame)
	Nested []*Program // programs that Serial runs
	nested int        // index of the first of their frames
}

// SlotKind tells where a slot lies.
type SlotKind uint8

// Kinds of slots.
const (
	Temporary SlotKind = iota // in the arena
	Input                     // an argument
	Output                    // a result
	Literal                   // a constant
)

// Slot is a piece of memory of fixed size.
type Slot struct {
	Kind   SlotKind
	Size   int    // bytes
	Index  int    // of inputs and outputs: which
	Data   []byte // of literals
	offset int    // of temporaries: place in the arena
	donor  int    // of outputs: the input whose memory it may take, or -1
}

// Program is a compiled function.
type Program struct {
	Name    string
	Pool    *parallel.Pool // spreads the tasks of each kernel
	Kernels []Kernel
	Slots   []Slot
	Inputs  []shapes.Shape
	Outputs []shapes.Shape
	inputs  []int // slot of each input
	outputs []int // slot of each output

	arena  int
	nested int
	frames chan *Frame
}

// NewSlot adds a slot and returns its number.
func (p *Program) NewSlot(s Slot) int {
	s.donor = -1
	switch s.Kind {
	case Input:
		p.inputs = append(p.inputs, len(p.Slots))
	case Output:
		p.outputs = append(p.outputs, len(p.Slots))
	}
	p.Slots = append(p.Slots, s)
	return len(p.Slots) - 1
}

// ArenaSize is the number of bytes that temporaries need at once.
func (p *Program) ArenaSize() int { return p.arena }
