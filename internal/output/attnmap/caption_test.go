package attnmap

import (
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
)

// ink is how many pixels of a picture are black in the columns of letter i.
func ink(img *augment.Image, i int) int {
	n := 0
	for y := range img.Height {
		for x := 2 + 7*i; x < 2+7*(i+1); x++ {
			if r, _, _ := img.At(x, y); r == 0 {
				n++
			}
		}
	}
	return n
}

// A caption shows its letters, each in its place, and of a long text the end.
func TestCaption(t *testing.T) {
	img := Caption("a b", 32)
	if img.Width != 3*7+4 || img.Height != 13+4 {
		t.Fatalf("three letters have %d×%d pixels", img.Width, img.Height)
	}
	if ink(img, 0) < 5 || ink(img, 1) != 0 || ink(img, 2) < 5 {
		t.Errorf("a, space, b have %d, %d, %d black pixels", ink(img, 0), ink(img, 1), ink(img, 2))
	}
	if r, _, _ := img.At(0, 0); r != 255 {
		t.Error("the margin is not white")
	}
	if got, want := Caption("photos/long/name", 7), Caption("...name", 32); !slices.Equal(got.Pix, want.Pix) {
		t.Error("a long text is not cut to its end")
	}
	if slices.Equal(Caption("head 0", 32).Pix, Caption("head 1", 32).Pix) {
		t.Error("two captions look alike")
	}
	if Caption("", 32) != nil || Caption("\xff日", 32) == nil {
		t.Error("an empty caption is a picture, or one of other letters none")
	}
}
