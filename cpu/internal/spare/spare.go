// Package spare keeps values for reuse in free lists.
package spare

import "sync"

// Stack is a free list of values of a type, last in, first out: the memory of the value used last
// is most likely still in cache. Unlike a sync.Pool it gives nothing to the garbage collector: it
// grows to as many values as were in use at once.
type Stack[E any] struct {
	New func() *E // makes a value where none is left; nil makes a zero value

	mu   sync.Mutex
	idle []*E
}

// Get takes a value off the list, or makes one. The caller alone uses it until Put.
func (s *Stack[E]) Get() *E {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		if s.New != nil {
			return s.New()
		}
		return new(E)
	}
	e := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return e
}

// Put returns a value to the list.
func (s *Stack[E]) Put(e *E) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, e)
}
