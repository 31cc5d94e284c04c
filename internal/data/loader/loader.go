package loader

import (
	"context"
	"io"
	"sync"
	"time"
)

// Loader hands out the batches of consecutive steps. Its methods must not be
// called concurrently, except for Batch.Release.
type Loader struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  sync.WaitGroup

	// A token of ahead is taken for every batch begun and given back when the
	// caller gets it: this bounds the prefetch.
	ahead   chan struct{}
	started chan *Batch // batches begun, in order of step
	next    *Batch      // taken from started but not yet returned
	bad     *badList
	err     error // what Next returned when it failed for good
}

// New starts the workers. They stop when ctx is done, after the last step, or
// with Close, which must be called in any case.
func New(ctx context.Context, cfg Config) (*Loader, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	bad := newBadList(cfg.KnownBad, cfg.Order.Len(), cfg.MaxBadShare)
	if err := bad.check(); err != nil {
		return nil, err
	}
	l := &Loader{
		ahead:   make(chan struct{}, cfg.Prefetch),
		started: make(chan *Batch, cfg.Prefetch),
		bad:     bad,
	}
	l.ctx, l.cancel = context.WithCancel(ctx)
	tasks := make(chan task)
	known := newCache(cfg.CacheBytes, cfg.KnownBad)
	for range cfg.workers() {
		w := &worker{cfg: &cfg, cache: known, render: cfg.NewRender()}
		l.group.Go(func() { w.run(l.ctx, tasks) })
	}
	l.group.Go(func() { l.begin(&cfg, tasks) })
	return l, nil
}

// Next returns the batch of the next step and how long the caller waited for
// it. After the last step it returns io.EOF. Its error is that of ctx if ctx
// ends first, and the call can then be repeated; any other error is final: the
// loader's own context ended, or too many images are bad.
func (l *Loader) Next(ctx context.Context) (*Batch, time.Duration, error) {
	if l.err != nil {
		return nil, 0, l.err
	}
	start := time.Now()
	if err := l.await(ctx); err != nil {
		return nil, time.Since(start), err
	}
	waited := time.Since(start)
	b := l.next
	l.next = nil
	<-l.ahead
	if err := l.collect(b); err != nil {
		b.Release()
		return nil, waited, l.fail(err)
	}
	return b, waited, nil
}

// Close stops the workers and waits until they have. Batches that were handed
// out stay valid.
func (l *Loader) Close() {
	l.cancel()
	l.group.Wait()
}

// await returns when l.next is a finished batch.
func (l *Loader) await(ctx context.Context) error {
	if l.next == nil {
		select {
		case b, open := <-l.started:
			if !open {
				return l.fail(l.end())
			}
			l.next = b
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-l.next.done:
		return nil
	case <-l.ctx.Done():
		return l.fail(l.ctx.Err())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end tells why no batch is begun any more.
func (l *Loader) end() error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	return io.EOF
}

// collect gathers what the workers report about a batch.
func (l *Loader) collect(b *Batch) error {
	for _, p := range b.places {
		b.Bad = append(b.Bad, l.bad.add(p.bad)...)
	}
	if err := l.bad.check(); err != nil {
		return err
	}
	for _, p := range b.places {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// fail makes an error the answer to every later Next and stops the workers.
func (l *Loader) fail(err error) error {
	l.err = err
	l.cancel()
	return err
}

// begin starts the batches one after another and deals their places out.
func (l *Loader) begin(cfg *Config, tasks chan<- task) {
	defer close(l.started)
	defer close(tasks)
	buffers := &bufferPool{sizes: cfg.Views}
	for step := cfg.First; step < cfg.Last; step++ {
		select {
		case l.ahead <- struct{}{}:
		case <-l.ctx.Done():
			return
		}
		epoch, images := cfg.Order.At(step)
		b := newBatch(step, epoch, images, buffers)
		places := len(images) // workers write to b.Index from here on
		l.started <- b        // never blocks: there are as many places as tokens
		for at := range places {
			select {
			case tasks <- task{batch: b, place: at}:
			case <-l.ctx.Done():
				return
			}
		}
	}
}

func newBatch(step, epoch int, images []int, buffers *bufferPool) *Batch {
	b := &Batch{
		Step: step, Epoch: epoch, Index: images, Views: buffers.get(len(images)),
		places: make([]place, len(images)), done: make(chan struct{}), buffers: buffers,
	}
	b.pending.Store(int64(len(images)))
	return b
}
