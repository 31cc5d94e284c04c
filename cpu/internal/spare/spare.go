// Package spare keeps values for reuse.
package spare

import "sync"

// Stack has the values of a kind that are not in use, the one used last on top, whose memory is
// most likely still in cache. Unlike a sync.Pool it gives nothing to the garbage collector: it
// holds as many as were in use at once.
type Stack[E any] struct {
	New func() *E // makes a value where none is left; nil makes a zero value

	mu   sync.Mutex
	idle []*E
}

// Get returns a value that nobody else uses.
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

// Put gives a value back.
func (s *Stack[E]) Put(e *E) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, e)
}
