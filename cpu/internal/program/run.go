package program

import (
	"fmt"
)

// maxFrames bounds how many idle frames a program keeps for reuse.
const maxFrames = 4

// Donor returns the input whose memory output i may take over when it is donated, or −1.
func (p *Program) Donor(i int) int {
	if d := p.Slots[p.outputs[i]].donor; d >= 0 {
		return p.Slots[d].Index
	}
	return -1
}

// Run executes the program: inputs are read, outputs written; an output may share memory with the
// input that [Program.Donor] names. It is safe for concurrent use. A panic of a kernel comes back
// as an error.
func (p *Program) Run(inputs, outputs [][]byte) (err error) {
	f := p.take()
	defer func() {
		if r := recover(); r != nil {
			// The frame is not reused: a kernel may have left it in an inconsistent state.
			err = fmt.Errorf("cpu: program %q: kernel %s: %v", p.Name, f.kernelName(), r)
			return
		}
		p.give(f)
	}()
	f.Execute(inputs, outputs)
	return nil
}

// Execute runs the frame's program over the given memory. Kernels with nested programs use it; it
// panics where a kernel does.
func (f *Frame) Execute(inputs, outputs [][]byte) {
	p := f.program
	for i, s := range p.inputs {
		f.mem[s] = inputs[i]
	}
	for i, s := range p.outputs {
		f.mem[s] = outputs[i]
	}
	for i := range p.Kernels {
		k := &p.Kernels[i]
		f.kernel = k
		switch {
		case k.Serial != nil:
			k.Serial(f)
		case k.Tasks == 1:
			k.Run(f, 0)
		default:
			p.Pool.For(k.Tasks, f.body)
		}
	}
}

func (f *Frame) kernelName() string {
	if f.kernel == nil {
		return "(none)"
	}
	return f.kernel.Name
}

// Nested returns the frame of the running kernel's i-th nested program.
func (f *Frame) Nested(i int) *Frame {
	at := f.kernel.nested + i
	if f.nested[at] == nil {
		f.nested[at] = newFrame(f.kernel.Nested[i])
	}
	return f.nested[at]
}

func (p *Program) take() *Frame {
	select {
	case f := <-p.frames:
		return f
	default:
		return newFrame(p)
	}
}

// give keeps a frame for reuse and drops its references to the caller's memory.
func (p *Program) give(f *Frame) {
	for _, s := range p.inputs {
		f.mem[s] = nil
	}
	for _, s := range p.outputs {
		f.mem[s] = nil
	}
	select {
	case p.frames <- f:
	default:
	}
}

// Release frees the idle frames with their arenas.
func (p *Program) Release() {
	for {
		select {
		case <-p.frames:
		default:
			return
		}
	}
}

func newFrame(p *Program) *Frame {
	f := &Frame{
		mem: make([][]byte, len(p.Slots)), arena: Allocate(p.arena), program: p,
		nested: make([]*Frame, p.nested),
	}
	f.body = func(task int) { f.kernel.Run(f, task) }
	for i, s := range p.Slots {
		switch s.Kind {
		case Temporary:
			f.mem[i] = f.arena[s.offset : s.offset+s.Size : s.offset+s.Size]
		case Literal:
			f.mem[i] = s.Data
		}
	}
	return f
}
