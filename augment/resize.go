package augment

import (
	"fmt"
	"math"
)

// ResizedCrop cuts Box out of the image and resizes it to Width × Height pixels.
// Applying it to an image that does not contain the box panics.
type ResizedCrop struct {
	Box           Box
	Width, Height int
	Interpolation Interpolation
}

func (op ResizedCrop) apply(s *Scratch, src *Image) *Image {
	if !op.Box.inside(src.bounds()) {
		panic(fmt.Sprintf("augment: crop %+v of an image of %d×%d pixels: the box must lie within the image that it "+
			"was drawn for", op.Box, src.Width, src.Height))
	}
	whole := Box{Width: op.Width, Height: op.Height}
	return s.resample(src, op.Box, op.Width, op.Height, whole, op.Interpolation)
}

// Resize stretches or squeezes the image to Width × Height pixels.
type Resize struct {
	Width, Height int
	Interpolation Interpolation
}

func (op Resize) apply(s *Scratch, src *Image) *Image {
	whole := Box{Width: op.Width, Height: op.Height}
	if op.Interpolation == Nearest {
		return s.nearest(src, op.Width, op.Height, whole, OverPillow)
	}
	return s.resample(src, src.bounds(), op.Width, op.Height, whole, op.Interpolation)
}

// ResizeShorter resizes the image so that its shorter side becomes Shorter and
// the longer one ⌊Shorter·long/short⌋.
type ResizeShorter struct {
	Shorter       int
	Interpolation Interpolation
}

func (op ResizeShorter) apply(s *Scratch, src *Image) *Image {
	width, height := shorterSide(src, op.Shorter)
	return Resize{Width: width, Height: height, Interpolation: op.Interpolation}.apply(s, src)
}

// ResizeShorterCenterCrop is [ResizeShorter] and then [CenterCrop] to Crop ×
// Crop pixels. It computes only the pixels of the crop, so a very long image
// costs no more than others.
type ResizeShorterCenterCrop struct {
	Shorter, Crop int
	Interpolation Interpolation
}

func (op ResizeShorterCenterCrop) apply(s *Scratch, src *Image) *Image {
	width, height := shorterSide(src, op.Shorter)
	window := Box{
		Top: centered(height, op.Crop), Left: centered(width, op.Crop),
		Height: op.Crop, Width: op.Crop,
	}
	if window.inside(Box{Width: width, Height: height}) {
		return s.resample(src, src.bounds(), width, height, window, op.Interpolation)
	}
	return CenterCrop{Width: op.Crop, Height: op.Crop}.apply(s, op.visible(s, src, width, height))
}

// visible resizes src to width × height, of which at least one side is smaller
// than the crop, and returns what the crop leaves of it.
func (op ResizeShorterCenterCrop) visible(s *Scratch, src *Image, width, height int) *Image {
	window := Box{Width: min(width, op.Crop), Height: min(height, op.Crop)}
	window.Top, window.Left = centered(height, window.Height), centered(width, window.Width)
	return s.resample(src, src.bounds(), width, height, window, op.Interpolation)
}

// shorterSide returns the size of src after scaling its shorter side.
func shorterSide(src *Image, shorter int) (width, height int) {
	if src.Width <= src.Height {
		return shorter, shorter * src.Height / src.Width
	}
	return shorter * src.Width / src.Height, shorter
}

// CenterCrop cuts Width × Height pixels out of the middle, from row
// round((h − Height)/2) and column round((w − Width)/2) on, half to even. A
// smaller image is surrounded by black.
type CenterCrop struct {
	Width, Height int
}

func (op CenterCrop) apply(s *Scratch, src *Image) *Image {
	dst := s.other(src, op.Width, op.Height)
	top, left := centered(src.Height, op.Height), centered(src.Width, op.Width)
	if op.Width > src.Width || op.Height > src.Height {
		clear(dst.Pix)
	}
	from, to := max(0, -top), min(op.Height, src.Height-top)
	for y := from; y < to; y++ {
		copy(dst.row(y)[channels*max(0, -left):], src.row(y + top)[channels*max(0, left):])
	}
	return dst
}

// centered returns where `part` pixels in the middle of `whole` begin. With a
// part that is larger than the whole it is negative: the whole begins
// ⌊(part − whole)/2⌋ pixels into the part.
func centered(whole, part int) int {
	if part > whole {
		return -((part - whole) / 2)
	}
	return int(math.RoundToEven(float64(whole-part) / 2))
}
