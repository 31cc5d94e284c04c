package server

import (
	"context"
	"slices"
	"sync"

	"github.com/dino-go/dino/internal/watch/metrics"
)

// mostBytes bounds the indexes of metrics that are kept. The one that was not asked for the longest
// goes first; it is read again when it is.
const mostBytes = 12 << 20

// memory are the logs that have something in memory, the one used last at the end.
type memory struct {
	mu   sync.Mutex
	logs []*metrics.Log
}

// update brings a log up to date, of a long file a part: more says that there is more to read.
func (m *memory) update(ctx context.Context, log *metrics.Log) (more bool, err error) {
	_, more, err = log.Update(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.logs = append(slices.DeleteFunc(m.logs, func(l *metrics.Log) bool { return l == log }), log)
	total := 0
	for i, l := range slices.Backward(m.logs) {
		if total += l.Bytes(); total > mostBytes && l != log {
			for _, old := range m.logs[:i+1] {
				old.Forget()
			}
			m.logs = slices.Delete(m.logs, 0, i+1)
			break
		}
	}
	return more, err
}
