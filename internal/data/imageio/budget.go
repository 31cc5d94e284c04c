package imageio

import "sync"

// Budget shares bytes of memory between those who decode at the same time. What needs more than all
// of it has it alone. A nil Budget bounds nothing.
type Budget struct {
	mu          sync.Mutex
	more        *sync.Cond
	whole, free int64
}

// NewBudget returns a budget of so many bytes; nil for 0.
func NewBudget(bytes int64) *Budget {
	if bytes <= 0 {
		return nil
	}
	b := &Budget{whole: bytes, free: bytes}
	b.more = sync.NewCond(&b.mu)
	return b
}

// Take waits until so many bytes are free, and returns what has to be given back.
func (b *Budget) Take(bytes int64) int64 {
	if b == nil {
		return 0
	}
	bytes = min(max(bytes, 0), b.whole)
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.free < bytes {
		b.more.Wait()
	}
	b.free -= bytes
	return bytes
}

// Give gives back what was taken.
func (b *Budget) Give(bytes int64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += bytes
	b.more.Broadcast()
}
