package loader

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/order"
)

// fakeImages are images made from their index: image i is 1 × 1 pixel of value
// i, at path "i.jpg". Those in bad cannot be decoded.
type fakeImages struct {
	bad   map[int]bool
	delay func(image int) time.Duration
	reads sync.Map // image → *atomic.Int64
}

// torn is what the decoder says of a bad image.
type torn struct{ path string }

func (e torn) Error() string { return e.path + " is torn" }

func (e torn) Unwrap() error { return &imageio.Error{Path: e.path, Err: io.ErrUnexpectedEOF} }

func fakePath(image int) string { return fmt.Sprintf("%d.jpg", image) }

func (f *fakeImages) decode(path string) (*augment.Image, error) {
	var i int
	if _, err := fmt.Sscanf(path, "%d.jpg", &i); err != nil {
		return nil, err
	}
	counter, _ := f.reads.LoadOrStore(i, new(atomic.Int64))
	counter.(*atomic.Int64).Add(1)
	if f.delay != nil {
		time.Sleep(f.delay(i))
	}
	if f.bad[i] {
		return nil, torn{path}
	}
	img := augment.NewImage(1, 1)
	img.Set(0, 0, uint8(i), uint8(i>>8), 0)
	return img, nil
}

func (f *fakeImages) readCount(image int) int {
	if counter, ok := f.reads.Load(image); ok {
		return int(counter.(*atomic.Int64).Load())
	}
	return 0
}

// fakeRender fills every view with numbers that depend on all its arguments.
func fakeRender() RenderFunc {
	return func(img *augment.Image, epoch, index int, dst [][]float32) {
		h := fnv.New32a()
		fmt.Fprint(h, img.Pix, epoch, index)
		for v, view := range dst {
			for j := range view {
				view[j] = float32(h.Sum32()%100003) + float32(v) + float32(j)/16
			}
		}
	}
}

func fakeConfig(t testing.TB, f *fakeImages, images, batch, steps int) Config {
	t.Helper()
	all := make([]int, images)
	for i := range all {
		all[i] = i
	}
	order, err := order.NewSequence(11, all, batch)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Order: order, Last: steps, Path: fakePath, Decode: f.decode, NewRender: fakeRender,
		Views: []Size{{2, 3}, {1, 2}}, Workers: 4, Prefetch: 2, MaxBadShare: 1,
	}
}

// seen is what a batch held, copied before its release.
type seen struct {
	Step, Epoch int
	Index       []int
	Views       [][]float32
	Bad         []BadImage
}

// drain returns all batches of a configuration, and the error that ended it
// unless that is io.EOF.
func drain(t testing.TB, cfg Config) ([]seen, error) {
	t.Helper()
	l, err := New(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	var all []seen
	for {
		b, _, err := l.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		s := seen{Step: b.Step, Epoch: b.Epoch, Index: slices.Clone(b.Index), Bad: slices.Clone(b.Bad)}
		for _, view := range b.Views {
			s.Views = append(s.Views, slices.Clone(view))
		}
		all = append(all, s)
		b.Release()
	}
}

func mustDrain(t testing.TB, cfg Config) []seen {
	t.Helper()
	all, err := drain(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
