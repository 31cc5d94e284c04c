package loop

import "github.com/dino-go/dino/cpu/internal/spare"

// scratch is the private memory of one task: the buffers of its registers, and what each register
// is for the current tile.
type scratch[T Number] struct {
	memory  []T
	buffers [][]T
	regs    [][]T
}

// scratches keeps scratch memory for all loops with registers of T: what one loop has just used is
// still in cache when the next begins.
type scratches[T Number] struct{ idle spare.Stack[scratch[T]] }

var (
	scratches32 scratches[float32]
	scratches64 scratches[float64]
	scratchesI  scratches[int64]
	scratchesU  scratches[uint64]
)

// scratchesOf returns the store of a register type.
func scratchesOf[T Number]() *scratches[T] {
	var z T
	var s any
	switch any(z).(type) {
	case float32:
		s = &scratches32
	case float64:
		s = &scratches64
	case int64:
		s = &scratchesI
	case uint64:
		s = &scratchesU
	}
	return s.(*scratches[T])
}

// get returns memory for so many registers, of which so many have buffers of the given size.
func (p *scratches[T]) get(buffers, size, regs int) *scratch[T] {
	s := p.idle.Get()
	if len(s.memory) < buffers*size {
		s.memory = make([]T, buffers*size)
	}
	s.buffers, s.regs = grow(s.buffers, buffers), grow(s.regs, regs)
	for i := range s.buffers {
		s.buffers[i] = s.memory[i*size : (i+1)*size : (i+1)*size]
	}
	return s
}

// put gives memory back; it forgets the caller's slices.
func (p *scratches[T]) put(s *scratch[T]) {
	clear(s.regs)
	p.idle.Put(s)
}

func grow[E any](list []E, n int) []E {
	if cap(list) < n {
		return make([]E, n)
	}
	return list[:n]
}
