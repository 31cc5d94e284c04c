package cpu

import (
	"sync"

	"github.com/dino-go/dino/cpu/internal/program"
)

// maxIdle bounds the bytes that are kept for reuse.
const maxIdle = 1 << 30

// memoryPool keeps the memory of buffers that have been finalized or donated for buffers of the
// same size: a training loop allocates nothing after its first steps.
type memoryPool struct {
	mu    sync.Mutex
	idle  map[int][][]byte
	bytes int
}

// get returns size uninitialised bytes: idle ones if there are some of that size, else newly
// allocated ones.
func (p *memoryPool) get(size int) []byte {
	p.mu.Lock()
	if list := p.idle[size]; len(list) > 0 {
		b := list[len(list)-1]
		list[len(list)-1] = nil
		p.idle[size] = list[:len(list)-1]
		p.bytes -= size
		p.mu.Unlock()
		return b
	}
	p.mu.Unlock()
	return program.Allocate(size)
}

// put keeps memory for reuse, unless more than maxIdle bytes would be idle.
func (p *memoryPool) put(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(b) == 0 || p.bytes+len(b) > maxIdle {
		return
	}
	if p.idle == nil {
		p.idle = map[int][][]byte{}
	}
	p.idle[len(b)] = append(p.idle[len(b)], b)
	p.bytes += len(b)
}

func (p *memoryPool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle, p.bytes = nil, 0
}

// aligned copies data to the beginning of a cache line.
func aligned(data []byte) []byte {
	b := program.Allocate(len(data))
	copy(b, data)
	return b
}
