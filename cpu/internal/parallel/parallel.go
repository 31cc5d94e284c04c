// Package parallel spreads the tasks of one operation over the cores, without ever waiting for a
// worker to become free.
//
// The goroutine that calls Pool.For works through the tasks itself; idle helpers of the pool join
// it. It waits in the end only for tasks that a helper has already begun, so calls may be nested
// and may come from any number of goroutines at once without a deadlock. Which goroutine runs a
// task is not determined; what a task computes must depend on its index alone, and then the result
// of For does not depend on the number of threads.
package parallel

import (
	"runtime"
	"sync"
	"time"
)

// Pool is a set of helper goroutines. A nil Pool has none: the caller runs every task.
type Pool struct {
	helpers int
	queue   chan *job     // invitations to help; sent without waiting
	stop    chan struct{} // closed by Close
	close   sync.Once
}

// New starts a pool with which a call of For runs on up to `threads` goroutines, its caller
// included. If threads is not positive it is GOMAXPROCS.
func New(threads int) *Pool {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{helpers: threads - 1, queue: make(chan *job, threads-1), stop: make(chan struct{})}
	for range p.helpers {
		go p.help()
	}
	return p
}

// Threads is the number of goroutines that work on one call of For at most.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return p.helpers + 1
}

// Close ends the helpers once they have finished their tasks, and does not wait for that. Calls of
// For that are under way or come later are completed by their callers.
func (p *Pool) Close() {
	if p != nil {
		p.close.Do(func() { close(p.stop) })
	}
}

// For runs body(0), …, body(n−1), each once, in no particular order, and returns when all are done.
// If one of them panics, tasks that have not begun are left out and For panics with a *Panic.
func (p *Pool) For(n int, body func(i int)) {
	if p == nil || p.helpers == 0 || n <= 1 {
		alone(n, body)
		return
	}
	j := newJob(n, body)
	p.invite(j, min(n-1, p.helpers))
	j.work()
	j.wait()
	failure := j.failure.Load()
	j.release()
	if failure != nil {
		panic(failure)
	}
}

// alone runs the tasks on the calling goroutine.
func alone(n int, body func(i int)) {
	done := false
	defer func() {
		if !done {
			if value := recover(); value != nil {
				panic(newPanic(value))
			}
		}
	}()
	for i := range n {
		body(i)
	}
	done = true
}

// Chunks cuts [0, n) into pieces of `grain` elements, the last one perhaps shorter, and runs
// body(lo, hi) for each. The pieces depend on n and grain alone.
func (p *Pool) Chunks(n, grain int, body func(lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	p.For((n+grain-1)/grain, func(i int) { body(i*grain, min((i+1)*grain, n)) })
}

// invite offers the job to helpers that are, or will be, idle. Where the queue is full they are all
// busy.
func (p *Pool) invite(j *job, helpers int) {
	for range helpers {
		j.refs.Add(1)
		select {
		case p.queue <- j:
		default:
			j.refs.Add(-1)
			return
		}
	}
}

func (p *Pool) help() {
	for {
		select {
		case <-p.stop:
			return
		case j := <-p.queue:
			for j != nil {
				j.work()
				j.release()
				j = p.poll()
			}
		}
	}
}

// spin is how long a goroutine looks for more to do before it parks. The operations of a graph
// follow one another within microseconds, and waking a parked core takes tens of them.
const spin = 100 * time.Microsecond

// poll returns the next job if one comes soon.
func (p *Pool) poll() *job {
	for deadline := time.Now().Add(spin); time.Now().Before(deadline); runtime.Gosched() {
		select {
		case j := <-p.queue:
			return j
		default:
		}
	}
	return nil
}
