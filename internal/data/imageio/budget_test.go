package imageio

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// No more is decoded at once than the budget has, and one image beyond it goes alone.
func TestBudget(t *testing.T) {
	const whole = 1 << 20
	b := NewBudget(whole)
	var now, most, alone atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			bytes := int64(whole / 4)
			if i%10 == 0 {
				bytes = 3 * whole
			}
			taken := b.Take(bytes)
			n := now.Add(1)
			if taken == whole && n > 1 {
				alone.Add(1)
			}
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Millisecond)
			now.Add(-1)
			b.Give(taken)
		})
	}
	all.Wait()
	if most.Load() > 4 || alone.Load() > 0 || b.free != whole {
		t.Errorf("%d at once, %d large ones in company, %d free in the end", most.Load(), alone.Load(), b.free)
	}
}

// TestNoBudget: none bounds nothing.
func TestNoBudget(t *testing.T) {
	b := NewBudget(0)
	if taken := b.Take(1 << 60); taken != 0 {
		t.Errorf("%d taken", taken)
	}
	b.Give(0)
}
