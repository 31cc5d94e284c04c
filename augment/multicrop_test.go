package augment

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// small returns a policy with small views, quick to compute.
func small(policy Policy) Config {
	c := Default(policy)
	c.GlobalCrops.Size, c.LocalCrops.Size = 32, 16
	return c
}

func mustNew(t testing.TB, c Config) *MultiCrop {
	t.Helper()
	m, err := New(c, 16)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// renderAll draws and renders all views of an image.
func renderAll(m *MultiCrop, img *Image, seed uint64, epoch, index int, s *Scratch) [][]float32 {
	var out [][]float32
	for _, view := range m.Sample(NewRand(seed, epoch, index), img.Width, img.Height) {
		dst := make([]float32, 3*view.Size*view.Size)
		m.Render(dst, img, view, s)
		out = append(out, dst)
	}
	return out
}

// TestAnyImageSize: one pixel, one row, one column, smaller than the views.
func TestAnyImageSize(t *testing.T) {
	for _, policy := range []Policy{Paper, Seed} {
		m := mustNew(t, small(policy))
		s := new(Scratch)
		for _, size := range [][2]int{{1, 1}, {2, 1}, {1, 5000}, {5000, 1}, {3, 700}, {15, 17}, {500, 375}} {
			img := NewImage(size[0], size[1])
			for i := range img.Pix {
				img.Pix[i] = uint8(i * 37)
			}
			for epoch := range 20 {
				for _, view := range renderAll(m, img, 5, epoch, 0, s) {
					for _, v := range view {
						if math.IsNaN(float64(v)) || v < -3 || v > 3 {
							t.Fatalf("%s, %d×%d pixels: a sample is %v", policy, size[0], size[1], v)
						}
					}
				}
			}
		}
	}
}

// TestViewsDependOnArgumentsAlone: not on the scratch memory, nor on the order
// of the images; and each argument matters.
func TestViewsDependOnArgumentsAlone(t *testing.T) {
	m := mustNew(t, small(Paper))
	used := new(Scratch)
	rapid.Check(t, func(t *rapid.T) {
		img := randomImage(t, side(t, "width"), side(t, "height"))
		seed, epoch, index := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 100).Draw(t, "epoch"),
			rapid.IntRange(0, 1<<40).Draw(t, "index")
		first := renderAll(m, img, seed, epoch, index, used)
		again := renderAll(m, img, seed, epoch, index, new(Scratch))
		if !reflect.DeepEqual(first, again) {
			t.Fatal("the same arguments gave two results")
		}
		views := m.Sample(NewRand(seed, epoch, index), 640, 480)
		for name, other := range map[string][]View{
			"seed":  m.Sample(NewRand(seed+1, epoch, index), 640, 480),
			"epoch": m.Sample(NewRand(seed, epoch+1, index), 640, 480),
			"index": m.Sample(NewRand(seed, epoch, index+1), 640, 480),
		} {
			if reflect.DeepEqual(views, other) {
				t.Fatalf("another %s gave the same views", name)
			}
		}
	})
}

// TestWorkersShare: goroutines with a scratch memory each get what one gets.
func TestWorkersShare(t *testing.T) {
	m, img := mustNew(t, small(Paper)), NewImage(90, 70)
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 7)
	}
	var workers sync.WaitGroup
	results := make([][][]float32, 8)
	for w := range results {
		workers.Go(func() {
			s := new(Scratch)
			for index := range 6 {
				results[w] = append(results[w], renderAll(m, img, 1, 2, index, s)...)
			}
		})
	}
	workers.Wait()
	for w, result := range results {
		if !reflect.DeepEqual(result, results[0]) {
			t.Errorf("worker %d got other views than worker 0", w)
		}
	}
}

// TestRandPinned: a change of these numbers breaks the resume of older runs.
func TestRandPinned(t *testing.T) {
	rng := NewRand(1, 2, 3)
	got := [3]uint64{rng.Uint64(), rng.Uint64(), rng.Uint64()}
	if want := [3]uint64{0xfd6206d48dc40916, 0x7d01f6fa0ec02ceb, 0x2de82db199b3cd6e}; got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}

// TestDrawPinned: the same for the order in which the draws are taken.
func TestDrawPinned(t *testing.T) {
	for i, want := range []string{
		"{52 203 418 405} Contrast Brightness Saturation Hue",
		"{41 92 334 342} Hue Saturation Contrast Brightness GaussianBlurPIL",
	} {
		view := mustNew(t, Default(Paper)).Sample(NewRand(1, 2, 5), 640, 480)[1+8*i]
		got := fmt.Sprint(view.Ops[0].(ResizedCrop).Box)
		for _, op := range view.Ops[1:] {
			got += fmt.Sprintf(" %T", op)
		}
		if got = strings.ReplaceAll(got, "augment.", ""); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestViewOrder: which operations a view may have, and in which order.
func TestViewOrder(t *testing.T) {
	rank := func(op Op) int {
		switch op.(type) {
		case ResizedCrop:
			return 0
		case HFlip:
			return 1
		case Brightness, Contrast, Saturation, Hue:
			return 2
		case Grayscale:
			return 3
		case GaussianBlurPIL, GaussianBlurKernel:
			return 4
		case Solarize:
			return 5
		}
		return -1
	}
	for _, policy := range []Policy{Paper, Seed} {
		m := mustNew(t, Default(policy))
		for i := range 300 {
			for _, view := range m.Sample(NewRand(1, 0, i), 400, 300) {
				ranks := make([]int, len(view.Ops))
				for j, op := range view.Ops {
					ranks[j] = rank(op)
				}
				if !slices.IsSorted(ranks) || ranks[0] != 0 || len(ranks) > 1 && ranks[1] == 0 {
					t.Fatalf("%s: operations out of order: %+v", policy, view.Ops)
				}
			}
		}
	}
}

// TestPolicies: how often the views of each kind are blurred and solarised, and
// with which operations.
func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		locals int
		crop   Interpolation
		blur   Op
		blurs  [3]float64 // of the first global, the other and the local views
		suns   [3]float64
	}{
		{Paper, 8, Bicubic, GaussianBlurPIL{}, [3]float64{1, 0.1, 0.5}, [3]float64{0, 0.2, 0}},
		{Seed, 6, Bilinear, GaussianBlurKernel{}, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.2, 0.2, 0.2}},
	} {
		m := mustNew(t, Default(c.policy))
		var views, blurs, suns [3]float64
		for i := range 2000 {
			for j, view := range m.Sample(NewRand(9, 1, i), 640, 480) {
				requirePlace(t, view, j, c.locals)
				if crop := view.Ops[0].(ResizedCrop); crop.Interpolation != c.crop || crop.Width != view.Size ||
					crop.Height != view.Size {
					t.Fatalf("%s: %+v", c.policy, crop)
				}
				kind := min(j, 2)
				views[kind]++
				blurs[kind] += count(view, c.blur)
				suns[kind] += count(view, Solarize{})
			}
		}
		for kind, n := range views {
			requireShare(t, fmt.Sprintf("%s, kind %d, blur", c.policy, kind), blurs[kind]/n, c.blurs[kind], n)
			requireShare(t, fmt.Sprintf("%s, kind %d, solarize", c.policy, kind), suns[kind]/n, c.suns[kind], n)
		}
	}
}

// requirePlace fails unless view j says which it is: two global views come first.
func requirePlace(t *testing.T, view View, j, locals int) {
	t.Helper()
	want := View{Global: j < 2, Index: j, Size: 224}
	if j >= 2 {
		want.Index, want.Size = j-2, 96
	}
	if view.Global != want.Global || view.Index != want.Index || view.Size != want.Size ||
		view.Index >= max(2, locals) {
		t.Fatalf("view %d is %+v", j, view)
	}
}

// count returns how many operations of a view have the type of op.
func count(view View, op Op) float64 {
	n := 0.0
	for _, other := range view.Ops {
		if reflect.TypeOf(other) == reflect.TypeOf(op) {
			n++
		}
	}
	return n
}

// requireShare accepts five standard errors of a frequency in n draws.
func requireShare(t *testing.T, name string, got, want, n float64) {
	t.Helper()
	if math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/n) {
		t.Errorf("%s: happened in %v of the views, want %v", name, got, want)
	}
}

// TestNoJitter: strengths of 0 and probabilities of 0 leave a plain crop.
func TestNoJitter(t *testing.T) {
	c := small(Paper)
	c.Flip, c.Gray = 0, 0
	c.Jitter = JitterConfig{Probability: 1}
	c.GlobalCrops.Blur.Probability, c.GlobalCrops.Solarize.Probability = PerView{0}, PerView{0}
	c.LocalCrops.Number = 0
	for i := range 50 {
		for _, view := range mustNew(t, c).Sample(NewRand(1, 1, i), 50, 50) {
			if len(view.Ops) != 1 {
				t.Fatalf("got %+v, want a crop alone", view.Ops)
			}
		}
	}
}

// TestSteadyStateAllocatesNothing: once the scratch memory has grown.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, policy := range []Policy{Paper, Seed} {
		m, s, img := mustNew(t, small(policy)), new(Scratch), NewImage(120, 90)
		views := m.Sample(NewRand(1, 1, 1), img.Width, img.Height)
		for i := range 20 {
			views = append(views, m.Sample(NewRand(1, 2, i), img.Width, img.Height)...)
		}
		dst := make([]float32, 3*32*32)
		render := func() {
			for _, view := range views {
				m.Render(dst[:3*view.Size*view.Size], img, view, s)
			}
		}
		if n := testing.AllocsPerRun(3, render); n > 0 {
			t.Errorf("%s: %v allocations for %d views", policy, n, len(views))
		}
	}
}

// TestRandomCropInside: every drawn box lies within the image and has the area
// and ratio that were asked for, up to rounding, unless it is the fallback.
func TestRandomCropInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 3000).Draw(t, "width"), rapid.IntRange(1, 3000).Draw(t, "height")
		low := rapid.Float64Range(0.01, 1).Draw(t, "low")
		scale := [2]float64{low, rapid.Float64Range(low, 1).Draw(t, "high")}
		ratio := [2]float64{3. / 4, 4. / 3}
		rng := NewRand(rapid.Uint64().Draw(t, "seed"), 0, 0)
		b := randomCrop(rng, width, height, scale, ratio)
		if !b.inside(Box{Width: width, Height: height}) {
			t.Fatalf("%+v is outside %d×%d", b, width, height)
		}
		if b == centralCrop(width, height, ratio) {
			return
		}
		w, h := float64(b.Width), float64(b.Height)
		area := float64(width) * float64(height)
		if (w+0.5)*(h+0.5) < scale[0]*area || (w-0.5)*(h-0.5) > scale[1]*area {
			t.Fatalf("%+v has an area outside %v of %v", b, scale, area)
		}
		if (w+0.5)/(h-0.5) < ratio[0] || (w-0.5)/(h+0.5) > ratio[1] {
			t.Fatalf("%+v has a ratio outside %v", b, ratio)
		}
	})
}

func TestCentralCrop(t *testing.T) {
	ratio := [2]float64{3. / 4, 4. / 3}
	for _, c := range []struct {
		width, height int
		want          Box
	}{
		{100, 100, Box{0, 0, 100, 100}},
		{300, 100, Box{0, 83, 100, 133}},
		{100, 300, Box{83, 0, 133, 100}},
		{1, 5000, Box{2499, 0, 1, 1}},
		{5000, 1, Box{0, 2499, 1, 1}},
	} {
		if got := centralCrop(c.width, c.height, ratio); got != c.want {
			t.Errorf("%d×%d: got %+v, want %+v", c.width, c.height, got, c.want)
		}
	}
}

func TestPerView(t *testing.T) {
	for _, c := range []struct {
		p    PerView
		want [4]float64
	}{
		{PerView{0.3}, [4]float64{0.3, 0.3, 0.3, 0.3}},
		{PerView{1, 0.1}, [4]float64{1, 0.1, 0.1, 0.1}},
	} {
		for i, want := range c.want {
			if got := c.p.At(i); got != want {
				t.Errorf("%v.At(%d) is %v, want %v", c.p, i, got, want)
			}
		}
	}
}
