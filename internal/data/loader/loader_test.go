package loader

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/testkit"
)

func TestBatchesFollowTheOrder(t *testing.T) {
	cfg := fakeConfig(t, &fakeImages{}, 13, 4, 8)
	order := fakeConfig(t, nil, 13, 4, 8).Order
	all := mustDrain(t, cfg)
	if len(all) != 8 {
		t.Fatalf("%d batches, want 8", len(all))
	}
	render := fakeRender()
	for step, b := range all {
		epoch, images := order.At(step)
		if b.Step != step || b.Epoch != epoch || !slices.Equal(b.Index, images) {
			t.Errorf("batch %d is step %d, epoch %d, images %v; want epoch %d, images %v", step, b.Step, b.Epoch,
				b.Index, epoch, images)
		}
		if len(b.Views[0]) != 4*3*2*3 || len(b.Views[1]) != 4*3*1*2 {
			t.Fatalf("views have %d and %d elements", len(b.Views[0]), len(b.Views[1]))
		}
		for at, image := range images {
			img, _ := (&fakeImages{}).decode(fakePath(image))
			want := [][]float32{make([]float32, 18), make([]float32, 6)}
			render(img, epoch, image, want)
			got := [][]float32{b.Views[0][at*18 : (at+1)*18], b.Views[1][at*6 : (at+1)*6]}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("step %d, place %d (-want +got):\n%s", step, at, diff)
			}
		}
	}
}

// One worker without a cache is the definition; workers, prefetch, cache and
// first step must not show, with any images bad and whatever the timing.
func TestBatchesDoNotDependOnHowTheyAreMade(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		images := rapid.IntRange(3, 40).Draw(rt, "images")
		batch := rapid.IntRange(1, min(6, images)).Draw(rt, "batch")
		steps := rapid.IntRange(1, 20).Draw(rt, "steps")
		bad := map[int]bool{}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, images-1), 0, images/2).Draw(rt, "bad") {
			bad[i] = true
		}
		plain := fakeConfig(t, &fakeImages{bad: bad}, images, batch, steps)
		plain.Workers, plain.Prefetch = 1, 1
		want := mustDrain(t, plain)

		slow := &fakeImages{
			bad:   bad,
			delay: func(i int) time.Duration { return time.Duration(i*7919%5) * 20 * time.Microsecond },
		}
		cfg := fakeConfig(t, slow, images, batch, steps)
		cfg.Workers = rapid.IntRange(0, 8).Draw(rt, "workers")
		cfg.Prefetch = rapid.IntRange(1, 5).Draw(rt, "prefetch")
		cfg.CacheBytes = rapid.Int64Range(0, int64(4*images)).Draw(rt, "cache")
		cfg.First = rapid.IntRange(0, steps).Draw(rt, "first")
		for _, b := range want[:cfg.First] {
			cfg.KnownBad = append(cfg.KnownBad, b.Bad...)
		}
		got := mustDrain(t, cfg)
		if len(got) != steps-cfg.First {
			rt.Fatalf("%d batches, want %d", len(got), steps-cfg.First)
		}
		for i := range got {
			if diff := cmp.Diff(want[cfg.First+i], got[i]); diff != "" {
				rt.Fatalf("step %d (-want +got):\n%s", cfg.First+i, diff)
			}
		}
	})
}

func TestBadImagesAreReplacedAndReportedOnce(t *testing.T) {
	bad := map[int]bool{2: true, 5: true, 6: true}
	f := &fakeImages{bad: bad}
	cfg := fakeConfig(t, f, 10, 5, 12)
	reported := map[int]int{}
	for _, b := range mustDrain(t, cfg) {
		epoch, wanted := cfg.Order.At(b.Step)
		for at, image := range b.Index {
			if bad[image] {
				t.Errorf("step %d holds bad image %d", b.Step, image)
			}
			want := wanted[at]
			if bad[want] {
				for want = range cfg.Order.Replacements(epoch, want) {
					if !bad[want] {
						break
					}
				}
			}
			if image != want {
				t.Errorf("step %d, place %d: image %d, want %d", b.Step, at, image, want)
			}
		}
		for _, image := range b.Bad {
			reported[image.Image]++
			want := BadImage{Image: image.Image, Path: fakePath(image.Image), Reason: fakePath(image.Image) +
				" is torn"}
			if image != want {
				t.Errorf("reported %+v, want %+v", image, want)
			}
		}
	}
	if diff := cmp.Diff(map[int]int{2: 1, 5: 1, 6: 1}, reported); diff != "" {
		t.Errorf("times reported (-want +got):\n%s", diff)
	}
}

// A replacement has its own views, not those of its own place in the epoch.
func TestReplacementHasViewsOfItsOwn(t *testing.T) {
	cfg := fakeConfig(t, &fakeImages{bad: map[int]bool{0: true}}, 2, 2, 1)
	b := mustDrain(t, cfg)[0]
	if b.Index[0] != 1 || b.Index[1] != 1 {
		t.Fatalf("images %v, want image 1 twice", b.Index)
	}
	if n := len(b.Views[0]) / 2; slices.Equal(b.Views[0][:n], b.Views[0][n:]) {
		t.Error("the image and its copy have the same views")
	}
}

func TestKnownBadImagesAreNotTriedAgain(t *testing.T) {
	f := &fakeImages{bad: map[int]bool{4: true}}
	cfg := fakeConfig(t, f, 6, 3, 8)
	cfg.KnownBad = []BadImage{{Image: 4, Path: "4.jpg", Reason: "torn"}}
	for _, b := range mustDrain(t, cfg) {
		if len(b.Bad) > 0 || slices.Contains(b.Index, 4) {
			t.Errorf("step %d: images %v, reported %v", b.Step, b.Index, b.Bad)
		}
	}
	if n := f.readCount(4); n != 0 {
		t.Errorf("the known bad image was read %d times", n)
	}
}

func TestTooManyBadImages(t *testing.T) {
	bad := map[int]bool{1: true, 2: true, 3: true, 4: true}
	tests := []struct {
		name  string
		share float64
		known []BadImage
		want  []string
	}{
		{name: "as many as allowed", share: 0.4},
		{
			name: "one too many", share: 0.3,
			want: []string{"4 of 10 images", "allowed share is 0.3", ".jpg is torn", "and 1 more"},
		},
		{name: "none allowed", share: 0, want: []string{"allowed share is 0"}},
		{
			name: "too many known", share: 0.1,
			known: []BadImage{{1, "1.jpg", "1.jpg is torn"}, {2, "2.jpg", "2.jpg is torn"}},
			want:  []string{"2 of 10", "2.jpg is torn"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := fakeConfig(t, &fakeImages{bad: bad}, 10, 2, 10)
			cfg.MaxBadShare, cfg.KnownBad = test.share, test.known
			_, err := drain(t, cfg)
			if len(test.want) == 0 && err != nil {
				t.Error(err)
			}
			if len(test.want) > 0 {
				testkit.RequireError(t, err, test.want...)
				if strings.Contains(err.Error(), "and 0 more") {
					t.Errorf("error %q speaks of images that there are not", err)
				}
			}
		})
	}
}

func TestOnlyBadImages(t *testing.T) {
	bad := map[int]bool{}
	for i := range 300 {
		bad[i] = true
	}
	cfg := fakeConfig(t, &fakeImages{bad: bad}, 300, 2, 1)
	_, err := drain(t, cfg)
	testkit.RequireError(t, err, "step 0: none of 101 images tried", "is torn", "check that the folder holds images")
}

func TestFailureIsFinal(t *testing.T) {
	cfg := fakeConfig(t, &fakeImages{bad: map[int]bool{0: true}}, 2, 2, 4)
	cfg.MaxBadShare = 0
	l, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, _, first := l.Next(context.Background())
	_, _, second := l.Next(context.Background())
	if first == nil || !errors.Is(second, first) {
		t.Errorf("errors %v and %v, want the same twice", first, second)
	}
}

func TestEvaluationLeavesBadImagesOut(t *testing.T) {
	cfg := fakeConfig(t, &fakeImages{bad: map[int]bool{7: true}}, 10, 1, 0)
	order := order.InOrder{Images: []int{9, 8, 6, 5, 4, 3, 2, 1, 0, 7, 9}, Batch: 2}
	cfg.Order, cfg.Last, cfg.LeaveOut = order, order.Steps(), true
	cfg.Prefetch = 1 // so that the batch with the bad image gets the memory of an earlier one
	all := mustDrain(t, cfg)
	var got [][]int
	for _, b := range all {
		got = append(got, b.Index)
	}
	if diff := cmp.Diff([][]int{{9, 8}, {6, 5}, {4, 3}, {2, 1}, {0, -1}, {9}}, got); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	for _, v := range all[4].Views[1][6:] {
		if v != 0 {
			t.Fatalf("views of the missing image are %v, want zeros", all[4].Views[1][6:])
		}
	}
	if n := len(all[5].Views[0]); n != 18 {
		t.Errorf("the last, shorter batch has views of %d elements, want 18", n)
	}
	cfg.LeaveOut = false
	_, err := drain(t, cfg)
	testkit.RequireError(t, err, "none of 1 images tried", "7.jpg")
}

func TestCacheSparesDecoding(t *testing.T) {
	const images, epochs = 12, 5
	count := func(bytes int64) (reads int) {
		f := &fakeImages{}
		cfg := fakeConfig(t, f, images, 3, epochs*images/3)
		cfg.CacheBytes = bytes
		mustDrain(t, cfg)
		for i := range images {
			reads += f.readCount(i)
		}
		return reads
	}
	if got := count(0); got != epochs*images {
		t.Errorf("without a cache %d reads, want %d", got, epochs*images)
	}
	if got := count(3 * images); got != images { // an image is 3 bytes
		t.Errorf("with a cache for all %d reads, want %d", got, images)
	}
	if got, want := count(3*4+2), 4+epochs*(images-4); got != want {
		t.Errorf("with a cache for 4 images %d reads, want %d", got, want)
	}
}

func TestBuffersAreRecycled(t *testing.T) {
	cfg := fakeConfig(t, &fakeImages{}, 8, 4, 50)
	l, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	buffers := map[*float32]bool{}
	for range 50 {
		b, _, err := l.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		buffers[&b.Views[0][0]] = true
		b.Release()
		b.Release() // must not give the memory back twice
		if b.Views != nil {
			t.Fatal("views are reachable after their release")
		}
	}
	if most := cfg.Prefetch + 1; len(buffers) > most {
		t.Errorf("%d buffers for 50 batches, want at most %d", len(buffers), most)
	}
}

func TestNewRejects(t *testing.T) {
	tests := []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Decode = nil }, "must all be set"},
		{func(c *Config) { c.First = -1 }, "steps are -1 to 5"},
		{func(c *Config) { c.First = 6 }, "steps are 6 to 5"},
		{func(c *Config) { c.Views = nil }, "there are no views"},
		{func(c *Config) { c.Views = []Size{{2, 2}, {0, 4}} }, "view 1 is 0 × 4 pixels"},
		{func(c *Config) { c.Workers = -1 }, "workers is -1"},
		{func(c *Config) { c.Prefetch = 0 }, "prefetch is 0 batches"},
		{func(c *Config) { c.CacheBytes = -1 }, "cache is -1 bytes"},
		{func(c *Config) { c.MaxBadShare = 1.5 }, "share of bad images is 1.5"},
	}
	for _, test := range tests {
		cfg := fakeConfig(t, &fakeImages{}, 8, 4, 5)
		test.change(&cfg)
		_, err := New(context.Background(), cfg)
		testkit.RequireError(t, err, test.want)
	}
}
