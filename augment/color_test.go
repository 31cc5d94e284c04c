package augment

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func slowLuma(r, g, b uint8) uint8 {
	return uint8((19595*int(r) + 38470*int(g) + 7471*int(b) + 32768) >> 16)
}

// slowBlend is d + factor·(x − d) in float32 with the clamping of Pillow.
func slowBlend(d, x uint8, factor float64) uint8 {
	if factor == 0 {
		return d
	}
	if factor == 1 {
		return x
	}
	difference := float32(factor) * float32(int(x)-int(d))
	v := float32(d) + difference
	switch {
	case v <= 0:
		return 0
	case v >= 255:
		return 255
	}
	return uint8(v)
}

// factor draws what colour jitter may draw, and the two special values.
func factor(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64Range(0, 3), rapid.SampledFrom([]float64{0, 1})).Draw(t, "factor")
}

func TestBrightness(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		f := factor(t)
		return Brightness{f}, eachSample(func(v uint8) uint8 { return slowBlend(0, v, f) })
	})
}

func TestContrast(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		f := factor(t)
		return Contrast{f}, func(img *Image) *Image {
			sum := 0
			for i := 0; i < len(img.Pix); i += 3 {
				sum += int(slowLuma(img.Pix[i], img.Pix[i+1], img.Pix[i+2]))
			}
			mean := uint8(math.Floor(float64(sum)/float64(img.Width*img.Height) + 0.5))
			return eachSample(func(v uint8) uint8 { return slowBlend(mean, v, f) })(img)
		}
	})
}

func TestSaturation(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		f := factor(t)
		return Saturation{f}, eachPixel(func(r, g, b uint8) (uint8, uint8, uint8) {
			d := slowLuma(r, g, b)
			return slowBlend(d, r, f), slowBlend(d, g, f), slowBlend(d, b, f)
		})
	})
}

func TestGrayscale(t *testing.T) {
	checkOp(t, func(*rapid.T, int, int) (Op, slowly) {
		return Grayscale{}, eachPixel(func(r, g, b uint8) (uint8, uint8, uint8) {
			v := slowLuma(r, g, b)
			return v, v, v
		})
	})
}

func TestSolarize(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		threshold := rapid.IntRange(0, 255).Draw(t, "threshold")
		return Solarize{threshold}, eachSample(func(v uint8) uint8 {
			if int(v) >= threshold {
				return 255 - v
			}
			return v
		})
	})
}

func TestHFlip(t *testing.T) {
	checkOp(t, func(_ *rapid.T, width, height int) (Op, slowly) {
		return HFlip{}, from(width, height, func(x, y int) (int, int) { return width - 1 - x, y })
	})
}

// TestHFlipTwice: flipping in place is its own inverse.
func TestHFlipTwice(t *testing.T) {
	checkOp(t, func(*rapid.T, int, int) (Op, slowly) {
		return twice{HFlip{}}, func(img *Image) *Image { return img }
	})
}

// twice applies an operation to its own result.
type twice struct{ op Op }

func (op twice) apply(s *Scratch, src *Image) *Image { return op.op.apply(s, op.op.apply(s, src)) }

func TestNormalizer(t *testing.T) {
	mean, std := [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}
	rapid.Check(t, func(t *rapid.T) {
		img := randomImage(t, side(t, "width"), side(t, "height"))
		got := make([]float32, len(img.Pix))
		NewNormalizer(mean, std).Into(got, img)
		for y := range img.Height {
			for x := range img.Width {
				for c := range 3 {
					v := img.Pix[3*(y*img.Width+x)+c]
					want := (float32(v)/255 - float32(mean[c])) / float32(std[c])
					if g := got[(c*img.Height+y)*img.Width+x]; g != want {
						t.Fatalf("channel %d, row %d, column %d: got %v, want %v", c, y, x, g, want)
					}
				}
			}
		}
	})
}

func TestNormalizerPanics(t *testing.T) {
	requirePanic(t, "zero deviation", func() { NewNormalizer([3]float64{}, [3]float64{1, 0, 1}) })
	normalizer := NewNormalizer([3]float64{}, [3]float64{1, 1, 1})
	requirePanic(t, "short destination", func() { normalizer.Into(make([]float32, 11), NewImage(2, 2)) })
	requirePanic(t, "long destination", func() { normalizer.Into(make([]float32, 13), NewImage(2, 2)) })
	requirePanic(t, "empty image", func() { NewImage(0, 3) })
}

func requirePanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	f()
}
