package survey

import "sync"

// pixelsAtOnce bounds how many pixels are decoded at the same time, about 10 bytes each. An image
// with more is decoded alone.
const pixelsAtOnce = 64 << 20

// budget shares the pixels that may be decoded at the same time.
type budget struct {
	mu   sync.Mutex
	free int
	more *sync.Cond
}

func newBudget() *budget {
	b := &budget{free: pixelsAtOnce}
	b.more = sync.NewCond(&b.mu)
	return b
}

// take waits until so many pixels are free, and returns what has to be given back.
func (b *budget) take(pixels int) int {
	pixels = min(max(pixels, 0), pixelsAtOnce)
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.free < pixels {
		b.more.Wait()
	}
	b.free -= pixels
	return pixels
}

func (b *budget) give(pixels int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += pixels
	b.more.Broadcast()
}
