package survey

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
)

// Options bound what is read.
type Options struct {
	Reading  imageio.Reading
	Most     int                   // images that are looked at; 0 for all
	Time     time.Duration         // after which no further image is begun; 0 for as long as it takes
	Workers  int                   // images at the same time; 0 for one a processor core
	Progress func(done, total int) // told of every image; may be nil
}

// Survey is what was seen of a folder's images.
type Survey struct {
	Index  *folder.Index
	Images []Image // those that were looked at, in order of the index
	Took   time.Duration
	GaveUp bool // too many files could not be read

	Duplicates Duplicates

	decoded, bad int
}

// decodedAtOnce bounds the bytes that decoding takes at the same time, where the reading does not.
const decodedAtOnce = 640 << 20

// maxUnreadable is how many files that cannot be read a survey puts up with: a training puts up
// with none, and each costs the patience for errors that may pass.
const maxUnreadable = 16

// Read looks at the images of an index, each once, in an order of which every beginning is spread
// evenly over the folder. It fails only when ctx is done.
func Read(ctx context.Context, index *folder.Index, o Options) (*Survey, error) {
	total := index.Len()
	if o.Most > 0 {
		total = min(total, o.Most)
	}
	p := &pass{
		index: index, o: o, total: total, order: spread(index.Len()), images: make([]Image, 0, total),
		begun: time.Now(),
	}
	var workers sync.WaitGroup
	if p.o.Reading.Budget == nil {
		p.o.Reading.Budget = imageio.NewBudget(decodedAtOnce)
	}
	for range min(cmp.Or(o.Workers, runtime.GOMAXPROCS(0)), max(total, 1)) {
		workers.Go(func() { p.work(ctx) })
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := Of(ctx, index, p.images)
	if err != nil {
		return nil, err
	}
	s.Took, s.GaveUp = time.Since(p.begun), p.unreadable >= maxUnreadable
	return s, nil
}

// pass is one walk over the images, by several workers.
type pass struct {
	index *folder.Index
	o     Options
	total int
	order func(k int) int
	begun time.Time

	mu         sync.Mutex
	next       int // place in the order
	images     []Image
	unreadable int
}

func (p *pass) work(ctx context.Context) {
	e := NewEye(p.o.Reading)
	for ctx.Err() == nil {
		k, ok := p.claim()
		if !ok {
			return
		}
		p.keep(p.see(e, p.order(k)))
	}
}

// see reads the image of a number and looks at it, when there is room for its pixels.
func (p *pass) see(e *Eye, number int) Image {
	data, err := imageio.ReadFile(p.index.Path(number), p.o.Reading.Limits)
	if err != nil {
		m := Image{Number: number}
		m.fail(err)
		return m
	}
	m, _ := e.See(number, data)
	return m
}

// claim returns the place of the next image, if one is still to be looked at.
func (p *pass) claim() (k int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := p.o.Time > 0 && time.Since(p.begun) > p.o.Time
	if p.next >= p.total || late || p.unreadable >= maxUnreadable {
		return 0, false
	}
	p.next++
	return p.next - 1, true
}

func (p *pass) keep(m Image) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.images = append(p.images, m)
	if m.Unreadable != "" {
		p.unreadable++
	}
	if p.o.Progress != nil {
		p.o.Progress(len(p.images), p.total)
	}
}

// Of is a survey of images of an index that were seen already. It fails only when ctx is done.
func Of(ctx context.Context, index *folder.Index, images []Image) (*Survey, error) {
	s := &Survey{Index: index, Images: slices.Clone(images)}
	slices.SortFunc(s.Images, func(a, b Image) int { return cmp.Compare(a.Number, b.Number) })
	for i := range s.Images {
		switch m := &s.Images[i]; {
		case m.Decoded():
			s.decoded++
		case m.Bad != "":
			s.bad++
		}
	}
	return s, s.findDuplicates(ctx)
}

// spread returns an order of n numbers of which every beginning is spread evenly over them: steps
// of about the golden section of n that have no divisor in common with it.
func spread(n int) func(k int) int {
	step := max(1, int(0.6180339887498949*float64(n)))
	for gcd(step, n) > 1 {
		step++
	}
	return func(k int) int { return int(uint64(k) * uint64(step) % uint64(n)) }
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Whole tells whether every image of the folder was looked at.
func (s *Survey) Whole() bool { return len(s.Images) == s.Index.Len() }

// Decoded is how many images a training can use, of those that were looked at.
func (s *Survey) Decoded() int { return s.decoded }

// Bad is how many could not be decoded.
func (s *Survey) Bad() int { return s.bad }

// Path is that of an image, relative to the folder.
func (s *Survey) Path(m *Image) string { return s.Index.Files[m.Number].Path }
