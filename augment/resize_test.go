package augment

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// slowResize is the definition: columns, then rows, each output a weighted mean
// of its inputs, in integers.
func slowResize(img *Image, box Box, width, height int, f Interpolation) *Image {
	cut := from(box.Width, box.Height, func(x, y int) (int, int) { return box.Left + x, box.Top + y })(img)
	return transposed(slowColumns(transposed(slowColumns(cut, width, f)), height, f))
}

// slowColumns resizes the rows of an image.
func slowColumns(img *Image, width int, f Interpolation) *Image {
	if width == img.Width {
		return img
	}
	out := NewImage(width, img.Height)
	s := float64(img.Width) / float64(width)
	widening := math.Max(s, 1)
	support := map[Interpolation]float64{Bilinear: 1, Bicubic: 2}[f]
	for i := range width {
		c := s * (float64(i) + 0.5)
		first := int(math.Max(0, math.Trunc(c-support*widening+0.5)))
		last := int(math.Min(float64(img.Width), math.Trunc(c+support*widening+0.5)))
		var weights []float64
		sum := 0.0
		for j := first; j < last; j++ {
			w := slowKernel(f, (float64(j)-c+0.5)/widening)
			weights, sum = append(weights, w), sum+w
		}
		for y := range img.Height {
			var total [3]int
			for j, w := range weights {
				fixed := int(math.Round(w / sum * (1 << 22)))
				r, g, b := img.At(first+j, y)
				total[0], total[1], total[2] = total[0]+fixed*int(r), total[1]+fixed*int(g), total[2]+fixed*int(b)
			}
			for c, v := range total {
				out.Pix[3*(y*width+i)+c] = uint8(min(max(math.Floor(float64(v)/(1<<22)+0.5), 0), 255))
			}
		}
	}
	return out
}

func slowKernel(f Interpolation, x float64) float64 {
	x = math.Abs(x)
	const a = -0.5
	switch {
	case f == Bilinear:
		return math.Max(0, 1-x)
	case x < 1:
		return (a+2)*x*x*x - (a+3)*x*x + 1
	case x < 2:
		return a*x*x*x - 5*a*x*x + 8*a*x - 4*a
	}
	return 0
}

func transposed(img *Image) *Image {
	return from(img.Height, img.Width, func(x, y int) (int, int) { return y, x })(img)
}

func interpolation(t *rapid.T) Interpolation {
	return rapid.SampledFrom([]Interpolation{Bilinear, Bicubic}).Draw(t, "interpolation")
}

func TestResizedCrop(t *testing.T) {
	checkOp(t, func(t *rapid.T, width, height int) (Op, slowly) {
		op := ResizedCrop{Width: side(t, "new width"), Height: side(t, "new height"), Interpolation: interpolation(t)}
		op.Box.Left, op.Box.Top = rapid.IntRange(0, width-1).Draw(t, "left"), rapid.IntRange(0, height-1).Draw(t, "top")
		op.Box.Width = rapid.IntRange(1, width-op.Box.Left).Draw(t, "box width")
		op.Box.Height = rapid.IntRange(1, height-op.Box.Top).Draw(t, "box height")
		return op, func(img *Image) *Image { return slowResize(img, op.Box, op.Width, op.Height, op.Interpolation) }
	})
}

func TestResize(t *testing.T) {
	checkOp(t, func(t *rapid.T, width, height int) (Op, slowly) {
		op := Resize{Width: side(t, "new width"), Height: side(t, "new height"), Interpolation: interpolation(t)}
		return op, func(img *Image) *Image {
			return slowResize(img, img.bounds(), op.Width, op.Height, op.Interpolation)
		}
	})
}

// TestResizeShorterCenterCrop: computing the crop alone equals cropping the
// whole, also where the crop is larger than the image.
func TestResizeShorterCenterCrop(t *testing.T) {
	checkOp(t, func(t *rapid.T, width, height int) (Op, slowly) {
		op := ResizeShorterCenterCrop{
			Shorter: rapid.IntRange(1, 24).Draw(t, "shorter"), Crop: rapid.IntRange(1, 40).Draw(t, "crop"),
			Interpolation: interpolation(t),
		}
		return op, func(img *Image) *Image {
			return new(Scratch).Apply(img, ResizeShorter{op.Shorter, op.Interpolation}, CenterCrop{op.Crop, op.Crop})
		}
	})
}

func TestResizeShorterSize(t *testing.T) {
	for _, c := range []struct{ width, height, shorter, wantWidth, wantHeight int }{
		{500, 375, 256, 341, 256},
		{375, 500, 256, 256, 341},
		{10, 10, 7, 7, 7},
		{1, 5000, 2, 2, 10000},
	} {
		got := new(Scratch).Apply(NewImage(c.width, c.height), ResizeShorter{c.shorter, Bilinear})
		if got.Width != c.wantWidth || got.Height != c.wantHeight {
			t.Errorf("%d×%d to %d: is %d×%d, want %d×%d", c.width, c.height, c.shorter, got.Width, got.Height,
				c.wantWidth, c.wantHeight)
		}
	}
}

func TestCenterCrop(t *testing.T) {
	checkOp(t, func(t *rapid.T, width, height int) (Op, slowly) {
		op := CenterCrop{Width: side(t, "new width"), Height: side(t, "new height")}
		offset := func(whole, part int) int {
			if part > whole {
				return -((part - whole) / 2)
			}
			return int(math.RoundToEven(float64(whole-part) / 2))
		}
		return op, from(op.Width, op.Height, func(x, y int) (int, int) {
			return x + offset(width, op.Width), y + offset(height, op.Height)
		})
	})
}

// TestCropHalfToEven pins the rounding of odd margins.
func TestCropHalfToEven(t *testing.T) {
	for whole, want := range map[int]int{4: 0, 5: 0, 6: 1, 7: 2, 8: 2, 9: 2, 10: 3, 11: 4} {
		if got := centered(whole, 4); got != want {
			t.Errorf("4 of %d begin at %d, want %d", whole, got, want)
		}
	}
}

func TestResizePanics(t *testing.T) {
	img, s := NewImage(8, 6), new(Scratch)
	for _, box := range []Box{
		{Width: 9, Height: 1},
		{Top: 6, Width: 1, Height: 1},
		{Left: -1, Width: 2, Height: 2},
		{},
	} {
		requirePanic(t, "a box outside", func() { s.Apply(img, ResizedCrop{box, 4, 4, Bicubic}) })
	}
	requirePanic(t, "no such kernel", func() { s.Apply(img, Resize{4, 4, "linear"}) })
}

// TestLongImage: a center crop of a very long image computes the crop only.
func TestLongImage(t *testing.T) {
	img := NewImage(1, 60000)
	s := new(Scratch)
	got := s.Apply(img, ResizeShorterCenterCrop{Shorter: 256, Crop: 224, Interpolation: Bicubic})
	if got.Width != 224 || got.Height != 224 {
		t.Errorf("is %d×%d, want 224×224", got.Width, got.Height)
	}
	if n := cap(s.images[0].Pix) + cap(s.images[1].Pix) + cap(s.between); n > 1<<20 {
		t.Errorf("took %d bytes for a crop of 224×224 pixels", n)
	}
}

// TestFlatStaysFlat: the weights of every output add up to one.
func TestFlatStaysFlat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img := NewImage(side(t, "width"), side(t, "height"))
		v := rapid.Uint8().Draw(t, "value")
		for i := range img.Pix {
			img.Pix[i] = v
		}
		got := new(Scratch).Apply(img, Resize{side(t, "new width"), side(t, "new height"), interpolation(t)})
		for _, g := range got.Pix {
			if g != v {
				t.Fatalf("got %d, want %d", g, v)
			}
		}
	})
}
