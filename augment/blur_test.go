package augment

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowBoxBlur blurs the rows once, with a box of fractional radius.
func slowBoxBlur(img *Image, radius float32) *Image {
	k := int(math.Floor(float64(radius)))
	w := int(float32(1<<24) / (2*radius + 1))
	e := ((1 << 24) - (2*k+1)*w) / 2
	out := NewImage(img.Width, img.Height)
	for i := range out.Pix {
		c, x, y := i%3, i/3%img.Width, i/3/img.Width
		in := func(x int) int { return int(img.Pix[3*(y*img.Width+min(max(x, 0), img.Width-1))+c]) }
		sum := 0
		for j := -k; j <= k; j++ {
			sum += w * in(x+j)
		}
		sum += e * (in(x-k-1) + in(x+k+1))
		out.Pix[i] = uint8((sum + 1<<23) >> 24)
	}
	return out
}

// slowRadius is the box radius of a standard deviation, in float64.
func slowRadius(deviation float64) float32 {
	sigma2 := deviation * deviation / 3
	l := math.Floor((math.Sqrt(12*sigma2+1) - 1) / 2)
	return float32(l + (2*l+1)*(l*(l+1)-3*sigma2)/(6*(sigma2-(l+1)*(l+1))))
}

// slowPILBlur blurs rows and columns three times each.
func slowPILBlur(img *Image, deviation float64) *Image {
	radius := boxRadius(float32(deviation))
	for range 2 {
		for range 3 {
			img = slowBoxBlur(img, radius)
		}
		img = transposed(img)
	}
	return img
}

func TestGaussianBlurPIL(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		deviation := rapid.Float64Range(0.1, 6).Draw(t, "radius")
		return GaussianBlurPIL{deviation}, func(img *Image) *Image { return slowPILBlur(img, deviation) }
	})
}

// The widest blur that a configuration may ask for is computed as any other, and no number in it
// overflows.
func TestWidestBlur(t *testing.T) {
	img := NewImage(5, 4)
	for i := range img.Pix {
		img.Pix[i] = uint8(255 - 4*i)
	}
	want := slowPILBlur(img, MaxSigma)
	if got := new(Scratch).Apply(img, GaussianBlurPIL{MaxSigma}); !slices.Equal(got.Pix, want.Pix) {
		t.Errorf("got %v, want %v", got.Pix, want.Pix)
	}
}

// TestBoxRadius compares with float64 and with five values to six digits.
func TestBoxRadius(t *testing.T) {
	for deviation, want := range map[float64]float64{0.1: 0.001672, 0.5: 0.045455, 1: 0.25, 1.5: 1.038462, 2: 1.375} {
		if got := float64(boxRadius(float32(deviation))); math.Abs(got-want) > 1e-6 {
			t.Errorf("deviation %v: radius is %v, want %v", deviation, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		deviation := rapid.Float64Range(0.01, 30).Draw(t, "deviation")
		got, want := boxRadius(float32(deviation)), slowRadius(deviation)
		if math.Abs(float64(got-want)) > 2e-4*math.Max(1, float64(want)) {
			t.Fatalf("radius is %v, want %v", got, want)
		}
	})
}

// slowKernelBlur is the definition in float64 and two dimensions, not rounded.
func slowKernelBlur(img *Image, size int, sigma float64) []float64 {
	half := size / 2
	weights, total := make([]float64, size), 0.0
	for j := range weights {
		x := float64(j-half) / sigma
		weights[j] = math.Exp(-x * x / 2)
		total += weights[j]
	}
	mirrored := func(i, n int) int {
		for n > 1 && (i < 0 || i >= n) {
			if i < 0 {
				i = -i
			} else {
				i = 2*(n-1) - i
			}
		}
		return min(max(i, 0), n-1)
	}
	out := make([]float64, len(img.Pix))
	for i := range out {
		c, x, y := i%3, i/3%img.Width, i/3/img.Width
		for u, wu := range weights {
			sy := mirrored(y+u-half, img.Height)
			for v, wv := range weights {
				sx := mirrored(x+v-half, img.Width)
				out[i] += wu * wv / (total * total) * float64(img.Pix[3*(sy*img.Width+sx)+c])
			}
		}
	}
	return out
}

func TestGaussianBlurKernel(t *testing.T) {
	scratch := new(Scratch)
	rapid.Check(t, func(t *rapid.T) {
		img := randomImage(t, rapid.IntRange(1, 24).Draw(t, "width"), rapid.IntRange(1, 12).Draw(t, "height"))
		size := 2*rapid.IntRange(0, 11).Draw(t, "half") + 1
		sigma := rapid.Float64Range(0.05, 3).Draw(t, "sigma")
		want := slowKernelBlur(img, size, sigma)
		for i, got := range scratch.Apply(img, GaussianBlurKernel{size, sigma}).Pix {
			if d := math.Abs(float64(got) - want[i]); d > 0.5+1e-3 {
				t.Fatalf("sample %d: got %d, want %v", i, got, want[i])
			}
		}
	})
}
