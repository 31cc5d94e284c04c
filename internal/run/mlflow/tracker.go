// Package mlflow tells a tracking server of [MLflow] what a run does, through its REST interface of
// version 2.0. It works beside the run: a server that is slow, refuses or does not answer costs the
// run nothing but a warning.
//
// Tests: known answer against a server of our own that fails, another server (MLflow's).
//
// [MLflow]: https://mlflow.org/docs/latest/rest-api.html
package mlflow

import (
	"context"
	"sync"
	"time"

	"github.com/dino-go/dino/observe"
)

// Pace of what is sent.
const (
	interval    = 3 * time.Second // between batches
	maxInterval = time.Minute     // between attempts at a server that does not answer

	batch       = 1000 // numbers in a request: MLflow takes no more
	batchParams = 100  // parameters in a request, likewise
)

// How long the end of a run waits for what is not sent yet, and after an attempt that failed.
const (
	endPatience  = 10 * time.Second
	deadPatience = 2 * time.Second
)

// Statuses of a run that has ended.
const (
	Finished = "FINISHED"
	Failed   = "FAILED"
	Killed   = "KILLED"
)

// Tracker is an [observe.Observer] that queues what a run does; another goroutine sends it. Close
// it at the end of the run.
type Tracker struct {
	observe.Nothing
	server *Server
	to     observe.Observer // is warned
	queue  queue

	every    time.Duration // between batches
	patience time.Duration // at the end

	stop   chan string // the status at the end
	ended  chan struct{}
	cancel context.CancelFunc

	mu       sync.Mutex
	warnings []observe.Note // that nobody was told yet
	warned   map[string]bool
	failing  bool // the last attempt failed
}

// New returns a tracker that tells a server, and warns an observer of what goes wrong.
func New(server *Server, to observe.Observer) *Tracker {
	return &Tracker{
		server: server, to: to, queue: queue{most: mostQueued}, every: interval, patience: endPatience,
		warned: map[string]bool{},
	}
}

// Started implements [observe.Observer]: from here on the server is told.
func (t *Tracker) Started(s observe.Start) error {
	ctx, cancel := context.WithCancel(context.Background()) // it outlives that of the run, to tell how that ended
	t.stop, t.ended, t.cancel = make(chan string, 1), make(chan struct{}), cancel
	w := &sender{Tracker: t, folder: s.Folder, goesOn: s.From > 0, at: time.Now()}
	var err error
	if w.params, err = params(s.Config); err != nil {
		t.warn("params", "MLflow hears of no options of the configuration: %v", err)
	}
	go w.work(ctx)
	return nil
}

// Step implements [observe.Observer].
func (t *Tracker) Step(s observe.Step) error {
	t.queue.add(s, time.Now())
	return t.tell()
}

// Close sends what waits, within some seconds, and how the run ended.
func (t *Tracker) Close(status string) error {
	if t.ended == nil { // it never started
		return nil
	}
	t.mu.Lock()
	patience := t.patience
	if t.failing {
		patience = min(patience, deadPatience)
	}
	t.mu.Unlock()
	t.stop <- status
	timer := time.AfterFunc(patience, t.cancel)
	<-t.ended
	timer.Stop()
	t.cancel()
	if steps, numbers := t.queue.lost(); steps > 0 || numbers > 0 {
		t.warn("lost", "MLflow at %s was too slow, refused or did not answer: it lacks the numbers of %d steps and %d "+
			"more numbers; metrics.jsonl has all", t.server.address, steps, numbers)
	}
	return t.tell()
}

// warn keeps a warning, one of a kind, until the run asks for it.
func (t *Tracker) warn(kind, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.warned[kind] {
		t.warned[kind] = true
		t.warnings = append(t.warnings, observe.Notef(format, args...))
	}
}

// tell tells the warnings, from the goroutine of the run.
func (t *Tracker) tell() error {
	t.mu.Lock()
	warnings := t.warnings
	t.warnings = nil
	t.mu.Unlock()
	for _, w := range warnings {
		if err := t.to.Warning(observe.Warning{Note: w}); err != nil {
			return err
		}
	}
	return nil
}
