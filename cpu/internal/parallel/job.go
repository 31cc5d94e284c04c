package parallel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/dino-go/dino/cpu/internal/spare"
)

// job is one call of For. Jobs are used again: the last holder of a reference (the caller, or a
// helper that found an old invitation in the queue) gives it back.
type job struct {
	body     func(i int)
	n        int64
	next     atomic.Int64  // the first task that has not begun
	done     atomic.Int64  // tasks that have ended
	finished chan struct{} // gets one token when done reaches n
	failure  atomic.Pointer[Panic]
	refs     atomic.Int32
}

// jobs are the idle ones, kept for reuse.
var jobs = spare.Stack[job]{New: func() *job { return &job{finished: make(chan struct{}, 1)} }}

func newJob(n int, body func(i int)) *job {
	j := jobs.Get()
	j.body, j.n = body, int64(n)
	j.next.Store(0)
	j.done.Store(0)
	j.failure.Store(nil)
	j.refs.Store(1)
	return j
}

func (j *job) release() {
	if j.refs.Add(-1) == 0 {
		j.body = nil
		jobs.Put(j)
	}
}

// work runs tasks until all have been begun.
func (j *job) work() {
	for j.next.Load() < j.n {
		j.run()
	}
}

// run runs tasks until all have been begun or one panics.
func (j *job) run() {
	running := false
	defer func() {
		if running { // a panic, or a call of runtime.Goexit
			j.failure.CompareAndSwap(nil, newPanic(recover()))
			j.end()
		}
	}()
	for {
		i := j.next.Add(1) - 1
		if i >= j.n {
			return
		}
		if j.failure.Load() == nil {
			running = true
			j.body(int(i))
			running = false
		}
		j.end()
	}
}

func (j *job) end() {
	if j.done.Add(1) == j.n {
		j.finished <- struct{}{}
	}
}

// wait returns when every task has ended. The last ones mostly end soon, so it looks for a while
// before it parks.
func (j *job) wait() {
	for deadline := time.Now().Add(spin); j.done.Load() < j.n && time.Now().Before(deadline); runtime.Gosched() {
	}
	<-j.finished
}

// Panic is what For panics with when a task did: the value and the stack of the first panic.
type Panic struct {
	Value any
	Stack []byte
}

// newPanic wraps the value of a panic, unless it comes from a nested call of For and is wrapped.
func newPanic(value any) *Panic {
	if p, ok := value.(*Panic); ok {
		return p
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}

func (p *Panic) Error() string { return fmt.Sprintf("parallel: a task panicked: %v", p.Value) }

// Unwrap returns the value of the panic where it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
