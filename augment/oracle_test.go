package augment

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// randomImage draws an image of the given size: noise, flat areas or extremes.
func randomImage(t *rapid.T, width, height int) *Image {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "pixels"), 0))
	levels := rapid.SampledFrom([]int{2, 5, 256}).Draw(t, "levels")
	img := NewImage(width, height)
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.IntN(levels) * 255 / (levels - 1))
	}
	return img
}

// side draws the side of an image: mostly small, sometimes long enough for
// several vectors.
func side(t *rapid.T, name string) int { return rapid.IntRange(1, 70).Draw(t, name) }

// slowly is an operation as its definition reads.
type slowly func(*Image) *Image

// checkOp compares an operation with its slow version on random images, and
// makes sure that it leaves its input alone.
func checkOp(t *testing.T, draw func(t *rapid.T, width, height int) (Op, slowly)) {
	t.Helper()
	scratch := new(Scratch)
	rapid.Check(t, func(t *rapid.T) {
		img := randomImage(t, side(t, "width"), side(t, "height"))
		before := append([]uint8{}, img.Pix...)
		op, slow := draw(t, img.Width, img.Height)
		requireSame(t, scratch.Apply(img, op), slow(img))
		requireSame(t, img, &Image{Width: img.Width, Height: img.Height, Pix: before})
	})
}

// requireSame fails unless the images are equal.
func requireSame(t rapid.TB, got, want *Image) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height {
		t.Fatalf("got %d×%d pixels, want %d×%d", got.Width, got.Height, want.Width, want.Height)
	}
	for i, w := range want.Pix {
		if g := got.Pix[i]; g != w {
			pixel := i / channels
			t.Fatalf("column %d, row %d, channel %d: got %d, want %d", pixel%want.Width, pixel/want.Width, i%channels,
				g, w)
		}
	}
}

// eachPixel is the image of a function of one pixel.
func eachPixel(f func(r, g, b uint8) (uint8, uint8, uint8)) slowly {
	return func(img *Image) *Image {
		out := NewImage(img.Width, img.Height)
		for y := range img.Height {
			for x := range img.Width {
				r, g, b := f(img.At(x, y))
				out.Set(x, y, r, g, b)
			}
		}
		return out
	}
}

// eachSample is the image of a function of one sample.
func eachSample(f func(v uint8) uint8) slowly {
	return eachPixel(func(r, g, b uint8) (uint8, uint8, uint8) { return f(r), f(g), f(b) })
}

// from is the image whose pixel (x, y) is another one's; black where there is none.
func from(width, height int, source func(x, y int) (sx, sy int)) slowly {
	return func(img *Image) *Image {
		out := NewImage(width, height)
		for y := range height {
			for x := range width {
				sx, sy := source(x, y)
				if sx >= 0 && sy >= 0 && sx < img.Width && sy < img.Height {
					r, g, b := img.At(sx, sy)
					out.Set(x, y, r, g, b)
				}
			}
		}
		return out
	}
}
