package loop

import "sync"

// scratch is the private memory of one task: the buffers of its registers, and what each register is for the current tile.
type scratch[T Number] struct {
	buffers [][]T
	regs    [][]T
	columns []T // accumulator of a store that converts at the end
}

// scratchPool hands out scratch memory. A stack under a lock: it never holds more than ran at once, and unlike sync.Pool it leaves
// nothing to the garbage collector.
type scratchPool[T Number] struct {
	mu                  sync.Mutex
	idle                []*scratch[T]
	buffers, size, regs int
}

func newScratchPool[T Number](buffers, size, regs int) *scratchPool[T] {
	return &scratchPool[T]{buffers: buffers, size: size, regs: regs}
}

func (p *scratchPool[T]) get() *scratch[T] {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return s
	}
	p.mu.Unlock()
	s := &scratch[T]{regs: make([][]T, p.regs), buffers: make([][]T, p.buffers)}
	memory := make([]T, p.buffers*p.size)
	for i := range s.buffers {
		s.buffers[i] = memory[i*p.size : (i+1)*p.size : (i+1)*p.size]
	}
	return s
}

func (p *scratchPool[T]) put(s *scratch[T]) {
	clear(s.regs)
	p.mu.Lock()
	p.idle = append(p.idle, s)
	p.mu.Unlock()
}
