package spare

import (
	"sync"
	"testing"
)

func TestStack(t *testing.T) {
	made := 0
	s := Stack[int]{New: func() *int { made++; return new(int) }}
	a, b := s.Get(), s.Get()
	s.Put(a)
	s.Put(b)
	if s.Get() != b || s.Get() != a || made != 2 {
		t.Errorf("what was given back last must come first, and no third value be made: %d were", made)
	}
	if e := new(Stack[[4]int]).Get(); e == nil || *e != [4]int{} {
		t.Errorf("without New a value is %v, want zeros", e)
	}
}

// Goroutines never hold the same value at once.
func TestStackIsSafeForConcurrentUse(t *testing.T) {
	var s Stack[int]
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				e := s.Get()
				if *e++; *e != 1 {
					t.Error("two goroutines hold one value")
				}
				*e--
				s.Put(e)
			}
		})
	}
	group.Wait()
}
