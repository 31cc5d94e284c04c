package mlflow

import (
	"context"
	"time"
)

// sender is the goroutine that talks to the server.
type sender struct {
	*Tracker
	folder string
	goesOn bool
	at     time.Time
	params []tag // that are not sent yet

	run   *remote // nil before the server has it
	given bool    // the server refuses the run: nothing is sent any more
}

// work sends what waits every few seconds, less often to a server that does not answer, and the
// rest at the end.
func (s *sender) work(ctx context.Context) {
	defer close(s.ended)
	pause := s.every
	for {
		if s.attempt(ctx) {
			pause = s.every
		} else {
			pause = min(2*pause, maxInterval)
		}
		select {
		case status := <-s.stop:
			if s.attempt(ctx) && s.run != nil {
				end := time.Now()
				s.judge(s.run.update(ctx, status, &end))
			}
			return
		case <-time.After(pause):
		}
	}
}

// attempt sends all that waits, and tells whether that went well.
func (s *sender) attempt(ctx context.Context) bool {
	err := s.send(ctx)
	s.mu.Lock()
	s.failing = err != nil
	s.mu.Unlock()
	return s.judge(err)
}

// judge warns of an error.
func (s *sender) judge(err error) bool {
	switch {
	case err == nil:
		return true
	case final(err):
		s.warn("refused", "MLflow at %s refuses something of this run: %v", s.server.address, err)
	default:
		s.warn("silent", "MLflow at %s cannot be told: %v; what it misses is sent when it can", s.server.address, err)
	}
	return false
}

// send sends the run, its parameters and the numbers that wait. What is refused for good is left
// out: after the run nothing else is sent, after a batch the others are.
func (s *sender) send(ctx context.Context) (err error) {
	if s.given {
		s.queue.drop(len(s.queue.first(mostQueued)))
		return nil
	}
	if s.run == nil {
		run, found, err := s.server.begin(ctx, s.folder, s.goesOn, s.at)
		if err != nil {
			s.given = final(err)
			return err
		}
		if s.run = run; found {
			s.params = nil // which it has, and which do not change
		}
	}
	for len(s.params) > 0 {
		n := min(len(s.params), batchParams)
		if err := s.run.log(ctx, s.params[:n], nil); err != nil && !s.passOver(err) {
			return err
		}
		s.params = s.params[n:]
	}
	for {
		numbers := s.queue.first(batch)
		if len(numbers) == 0 {
			return nil
		}
		if err := s.run.log(ctx, nil, numbers); err != nil && !s.passOver(err) {
			return err
		}
		s.queue.drop(len(numbers))
	}
}

// passOver tells whether a batch is refused for good, and warns of it.
func (s *sender) passOver(err error) bool {
	if final(err) {
		s.judge(err)
		return true
	}
	return false
}
