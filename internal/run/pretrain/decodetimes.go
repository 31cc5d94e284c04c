package pretrain

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// decodeTimes are how long images take until they are decoded.
type decodeTimes struct {
	clock func() time.Time // nil for the time of day

	mu    sync.Mutex
	sizes float64   // pixels of the images that were timed
	pace  []float64 // seconds a pixel of each
}

// timed is how many images are timed.
const timed = 128

func (d *decodeTimes) now() time.Time {
	if d.clock == nil {
		return time.Now()
	}
	return d.clock()
}

// add takes in an image of so many pixels.
func (d *decodeTimes) add(pixels int, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pace) < timed {
		d.pace = append(d.pace, took.Seconds()/float64(max(pixels, 1)))
		d.sizes += float64(pixels)
	}
}

// seconds is what an image takes of the time of an evaluation, with the others that are decoded
// beside it; 0 before one was decoded. Images are timed while steps are computed or compiled, which
// have the processors as well: those that were disturbed least count, the fastest quarter of which
// this is the middle.
func (d *decodeTimes) seconds() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.pace)
	if n == 0 {
		return 0
	}
	undisturbed := slices.Sorted(slices.Values(d.pace))[n/8]
	return undisturbed * d.sizes / float64(n) / float64(runtime.GOMAXPROCS(0))
}
