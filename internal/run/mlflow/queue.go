package mlflow

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// number is a value of a metric, as MLflow takes it.
type number struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"` // in milliseconds since 1970
	Step      int     `json:"step"`
}

// mostQueued is how many numbers wait for a server at most: those of some 8,000 steps.
const mostQueued = 200_000

// queue holds what is to be sent. Steps that find it full are left out.
type queue struct {
	mu      sync.Mutex
	numbers []number
	most    int
	left    int // steps that were left out
}

// add queues a step: its measurements in the order of their names, and its epoch. A number that is
// not finite is left out, as JSON has none.
func (q *queue) add(s observe.Step, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.numbers)+len(s.Values)+1 > q.most {
		q.left++
		return
	}
	at, from := now.UnixMilli(), len(q.numbers)
	q.numbers = append(q.numbers, number{"epoch", float64(s.Epoch), at, s.Number})
	for name, x := range finite(s.Values) {
		q.numbers = append(q.numbers, number{name, x, at, s.Number})
	}
	slices.SortFunc(q.numbers[from:], func(a, b number) int { return cmp.Compare(a.Key, b.Key) })
}

// finite are the values that are finite.
func finite(values measure.Values) measure.Values {
	some := measure.Values{}
	for name, x := range values {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			some[name] = x
		}
	}
	return some
}

// first are at most n of those that have waited longest. They stay until they are dropped.
func (q *queue) first(n int) []number {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.numbers[:min(n, len(q.numbers))])
}

// drop drops the first n.
func (q *queue) drop(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.numbers = slices.Delete(q.numbers, 0, n)
}

// lost are how many steps were left out, and numbers were not sent.
func (q *queue) lost() (steps, numbers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left, len(q.numbers)
}
