package loader

import (
	"fmt"
	"iter"
	"runtime"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// Order says which images every step takes. order.Sequence is the order of
// training, order.InOrder that of evaluation.
type Order interface {
	// At returns the epoch of a step and its images; it is called from one
	// goroutine at a time. The slice becomes the loader's.
	At(step int) (epoch int, images []int)
	// Replacements yields what to try instead of an image that cannot be decoded.
	// It is called concurrently.
	Replacements(epoch, image int) iter.Seq[int]
	// Len returns how many different images there are.
	Len() int
}

// RenderFunc writes the views of an image into dst: dst[v] is view v, [3, H, W]
// row-major, and every element must be set. It must depend on its arguments
// alone and leave img as it is. index is the image that the order asked for, so
// that a replacement has views of its own and not those that it has in its own
// place in the epoch.
type RenderFunc func(img *augment.Image, epoch, index int, dst [][]float32)

// Size is that of a view in pixels.
type Size struct{ Height, Width int }

// Config is what a Loader needs to know.
type Config struct {
	Order Order
	// First and Last bound the steps, First included, Last excluded.
	First, Last int
	// Path returns the file of an image.
	Path func(image int) string
	// Decode reads a file. It is called concurrently, the images it returns may be
	// kept, and its error names the file. One of the decoder, about the bytes in the
	// file (imageio.Undecodable), makes the image bad; any other ends the loader,
	// because skipping the image would change the run.
	Decode func(path string) (*augment.Image, error)
	// NewRender makes the RenderFunc of one worker, which can own scratch memory.
	NewRender func() RenderFunc
	// Views are the sizes of the views of every image.
	Views []Size

	// Workers is how many images are decoded and rendered at once; 0 means one a
	// core.
	Workers int
	// Prefetch is how many batches may be finished or under way ahead of the one
	// that the caller holds; their memory is the loader's main cost.
	Prefetch int
	// Budget is shared with the decoder: it also bounds the decoded images that are being rendered.
	// nil bounds nothing.
	Budget *imageio.Budget
	// CacheBytes bounds the decoded images that are kept for later epochs; 0 keeps
	// none.
	CacheBytes int64

	// MaxBadShare is the largest share of Order's images, 0 to 1, that may be undecodable.
	MaxBadShare float64
	// KnownBad are the images that earlier runs of the same order reported. They
	// are replaced without trying them again and count towards MaxBadShare, but
	// are not reported again.
	KnownBad []BadImage
	// LeaveOut leaves the place of an image empty when it cannot be decoded and
	// has no replacement, instead of failing: Index is -1 there and the views are
	// zero. For evaluation.
	LeaveOut bool
}

func (c *Config) check() error {
	switch {
	case c.Order == nil || c.Path == nil || c.Decode == nil || c.NewRender == nil:
		return fmt.Errorf("loader: Order, Path, Decode and NewRender must all be set")
	case c.First < 0 || c.Last < c.First:
		return fmt.Errorf("loader: steps are %d to %d: must be 0 ≤ first ≤ last", c.First, c.Last)
	case len(c.Views) == 0:
		return fmt.Errorf("loader: there are no views: need at least one")
	case c.Workers < 0:
		return fmt.Errorf("loader: workers is %d: must be at least 1, or 0 for one a core (%d)", c.Workers,
			runtime.GOMAXPROCS(0))
	case c.Prefetch < 1:
		return fmt.Errorf("loader: prefetch is %d batches: must be at least 1", c.Prefetch)
	case c.CacheBytes < 0:
		return fmt.Errorf("loader: cache is %d bytes: must be 0 (no cache) or more", c.CacheBytes)
	case !(c.MaxBadShare >= 0 && c.MaxBadShare <= 1):
		return fmt.Errorf("loader: allowed share of bad images is %v: must be between 0 and 1", c.MaxBadShare)
	}
	for v, size := range c.Views {
		if size.Height < 1 || size.Width < 1 {
			return fmt.Errorf("loader: view %d is %d × %d pixels: both sides must be at least 1", v, size.Height,
				size.Width)
		}
	}
	return nil
}

// workers returns the number of workers to start.
func (c *Config) workers() int {
	if c.Workers == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.Workers
}
