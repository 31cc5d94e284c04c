package thumbnail

import (
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
)

// What fits stays as it is; what does not has the side as its longer one, and its shape to a pixel.
func TestWithin(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	scratch := new(augment.Scratch)
	for range 200 {
		img := augment.NewImage(1+rng.IntN(90), 1+rng.IntN(90))
		side := 1 + rng.IntN(90)
		small := Within(img, side, scratch)
		if longer := max(img.Width, img.Height); longer <= side {
			if small != img {
				t.Errorf("%d×%d in %d is another picture", img.Width, img.Height, side)
			}
			continue
		}
		if max(small.Width, small.Height) != side {
			t.Errorf("%d×%d in %d is %d×%d", img.Width, img.Height, side, small.Width, small.Height)
		}
		if off := small.Width*img.Height - small.Height*img.Width; max(off, -off) > max(img.Width, img.Height) {
			t.Errorf("%d×%d in %d has another shape: %d×%d", img.Width, img.Height, side, small.Width, small.Height)
		}
	}
}

// Paste changes the pixels of the place, and no others.
func TestPaste(t *testing.T) {
	whole, part := augment.NewImage(5, 4), augment.NewImage(2, 3)
	for i := range part.Pix {
		part.Pix[i] = uint8(i + 1)
	}
	Paste(whole, part, 3, 1)
	for y := range whole.Height {
		for x := range whole.Width {
			r, g, b := whole.At(x, y)
			var want [3]uint8
			if x >= 3 && y >= 1 {
				want[0], want[1], want[2] = part.At(x-3, y-1)
			}
			if got := [3]uint8{r, g, b}; got != want {
				t.Errorf("(%d, %d) is %v, want %v", x, y, got, want)
			}
		}
	}
}
