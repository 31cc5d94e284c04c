package trainer

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/observe"
)

// cautious is a log that compares what of it is durable with what the checkpoints on disk count.
type cautious struct {
	observe.Observer
	t               *testing.T
	checkpoints     string
	written, synced int // steps
	compared        int
}

func (c *cautious) Step(s observe.Step) error {
	c.compare()
	c.written = s.Number + 1
	return c.Observer.Step(s)
}

func (c *cautious) Sync() error {
	c.compare()
	c.synced = c.written
	return observe.Sync(c.Observer)
}

// compare fails the test if a power failure at this moment left a checkpoint of steps that the log
// has lost.
func (c *cautious) compare() {
	loaded, _, err := checkpoint.Latest(c.checkpoints)
	if errors.Is(err, checkpoint.ErrNone) {
		return
	}
	if err != nil {
		c.t.Fatal(err)
	}
	defer loaded.Tensors.Close()
	c.compared++
	if loaded.Step > c.synced {
		c.t.Errorf("the newest checkpoint counts %d steps, of which the log holds %d for certain", loaded.Step,
			c.synced)
	}
}

// The log is made durable before every checkpoint: the regular ones, the last one, and that of an
// interruption.
func TestLogIsDurableBeforeCheckpoints(t *testing.T) {
	for name, run := range map[string]func(setup) ended{
		"to the end":  func(s setup) ended { return s.run(context.Background(), t) },
		"interrupted": func(s setup) ended { return s.interrupted(t, 7) },
	} {
		t.Run(name, func(t *testing.T) {
			s := small(t)
			watch := &cautious{t: t, checkpoints: filepath.Join(s.dir, "checkpoints")}
			s.observer = func(log observe.Observer) observe.Observer {
				watch.Observer = log
				return observe.All{{Name: "log", Observer: watch}}
			}
			if e := run(s); e.err != nil && !errors.Is(e.err, ErrInterrupted) {
				t.Fatal(e.err)
			}
			watch.compare()
			if watch.compared < 3 {
				t.Errorf("%d comparisons, want several", watch.compared)
			}
		})
	}
}
