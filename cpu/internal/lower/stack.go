package lower

import "sync"

// stack keeps scratch memory for reuse. Unlike a sync.Pool it never gives anything to the garbage collector; it holds no more than was in
// use at once.
type stack[E any] struct {
	mu   sync.Mutex
	idle []*E
}

func (s *stack[E]) get() *E {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		e := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return e
	}
	return new(E)
}

func (s *stack[E]) put(e *E) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, e)
}
