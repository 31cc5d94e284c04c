package metrics

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"sort"

	"github.com/dino-go/dino/internal/regularfile"
)

// Part says which curves are wanted: those of steps from First to Last, in so many Points at most,
// without the buckets before Since.
type Part struct {
	First, Last   int64
	Points, Since int
}

// Whole is everything in so many points.
func Whole(points int) Part { return Part{Last: math.MaxInt64, Points: points} }

// Curves returns a part of the curves, as far as the file has been read. Where the buckets of the
// index are too wide for it, the lines are read again.
func (l *Log) Curves(ctx context.Context, p Part) (Curves, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := wanted{p.First, p.Last, p.Points, p.Since}
	low, high := l.index.between(p.First, p.Last)
	if l.index.width == 1 || high-low >= p.Points/2 || high == low || high-low == len(l.index.spans) {
		return l.index.curves(l.generation, w), nil
	}
	closer, err := l.closer(ctx, p)
	if err != nil {
		return Curves{}, err
	}
	return closer.curves(fmt.Sprintf("%s.%d-%d", l.generation, p.First, p.Last), w), nil
}

// closer is an index of the lines of a part alone.
func (l *Log) closer(ctx context.Context, p Part) (*index, error) {
	file, err := regularfile.OpenOwn(l.path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	begin := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].step > p.First })
	end := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].step > p.Last })
	from, to := l.marks[max(begin-1, 0)].offset, l.offset
	if end < len(l.marks) {
		to = l.marks[end].offset
	}
	x, r, last := newIndex(maxBuckets), row{}, int64(-1)
	x.names, x.place = slices.Clone(l.index.names), maps.Clone(l.index.place)
	err = eachLine(ctx, file, from, to, func(line []byte, _ int64) {
		if r.read(line, &x.columns) != nil || r.step <= last || r.step < p.First || r.step > p.Last {
			return
		}
		last = r.step
		x.add(&r)
	})
	return x, err
}
