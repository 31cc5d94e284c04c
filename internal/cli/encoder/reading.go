package encoder

import (
	"sync"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/progress"
)

// Reading shows how many images were computed and, before the first batch is, how many were read: a
// batch of a large network takes minutes. It may be used by several goroutines.
type Reading struct {
	printer *progress.Printer
	mu      sync.Mutex
	count   progress.Count
	byRead  bool // what is read counts as done
}

// NewReading begins to show images of what, of which some may be done already.
func NewReading(printer *progress.Printer, what string, done, total int) *Reading {
	r := &Reading{printer: printer, count: progress.Count{Done: done, Total: total, What: what}}
	printer.Count(r.count)
	return r
}

// NewViews is [NewReading] for images whose views are computed a batch at a time, unseen: an image
// is done when it is read.
func NewViews(printer *progress.Printer, what string, total int) *Reading {
	r := NewReading(printer, what, 0, total)
	r.byRead = true
	return r
}

// Source counts the images that are read from a source.
func (r *Reading) Source(s features.Source) features.Source {
	decode := s.Decode
	s.Decode = func(path string) (*augment.Image, error) {
		img, err := decode(path)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.byRead {
			r.count.Done = min(r.count.Done+1, r.count.Total)
		} else {
			r.count.Read++
		}
		if r.byRead || r.count.Done == 0 {
			r.printer.Count(r.count)
		}
		return img, err
	}
	return s
}

// Computed counts images whose features there are.
func (r *Reading) Computed(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count.Done += n
	r.printer.Count(r.count)
}
