package attnmap

import (
	"fmt"
	"math"
	"slices"

	"github.com/dino-go/dino/augment"
)

// Crop cuts an image at the bottom and right to multiples of the patch size and
// returns its grid of patches. It fails if the image is smaller than a patch.
func Crop(img *augment.Image, patch int) (*augment.Image, Grid, error) {
	if patch < 1 || img.Width < patch || img.Height < patch {
		return nil, Grid{}, fmt.Errorf("attnmap: an image of %d×%d pixels has no patch of %d×%d", img.Width, img.Height,
			patch, patch)
	}
	grid := Grid{Rows: img.Height / patch, Cols: img.Width / patch}
	out := augment.NewImage(grid.Cols*patch, grid.Rows*patch)
	for y := range out.Height {
		copy(out.Pix[3*y*out.Width:3*(y+1)*out.Width], img.Pix[3*y*img.Width:])
	}
	return out, grid, nil
}

// Stretch returns the image as the network sees it: normalised per channel, then
// stretched so that the smallest value over all channels is 0 and the largest
// 255. An image of a single value becomes black.
func Stretch(img *augment.Image, n *augment.Normalizer) *augment.Image {
	size := img.Width * img.Height
	values := make([]float32, 3*size)
	n.Into(values, img)
	scale := newRange(values)
	out := augment.NewImage(img.Width, img.Height)
	for c := range 3 {
		for i, v := range values[c*size : (c+1)*size] {
			out.Pix[3*i+c] = uint8(math.RoundToEven(255 * scale.of(v)))
		}
	}
	return out
}

// HeatMap draws values [height, width] in the colours of a map, stretched so
// that the smallest has the first colour and the largest the last. Values that
// are all equal have the first. It fails if the number of values does not fit.
func HeatMap(values []float32, width, height int, colors ColorMap) (*augment.Image, error) {
	if width < 1 || height < 1 || len(values) != width*height {
		return nil, fmt.Errorf("attnmap: %d values for a heat map of %d×%d pixels", len(values), width, height)
	}
	scale := newRange(values)
	out := augment.NewImage(width, height)
	for i, v := range values {
		r, g, b := colors.At(scale.of(v))
		out.Set(i%width, i/width, r, g, b)
	}
	return out, nil
}

// Share draws values [grid] as a pixel each in the colours of a map, from 0 to the largest: even
// attention is of one colour. It fails if the number of values does not fit.
func Share(values []float32, grid Grid, colors ColorMap) (*augment.Image, error) {
	if grid.Patches() < 1 || len(values) != grid.Patches() {
		return nil, fmt.Errorf("attnmap: %d values for a grid of %d×%d patches", len(values), grid.Rows, grid.Cols)
	}
	most := slices.Max(values)
	out := augment.NewImage(grid.Cols, grid.Rows)
	for i, v := range values {
		r, g, b := colors.At(valueRange{size: float64(most)}.of(v))
		out.Set(i%grid.Cols, i/grid.Cols, r, g, b)
	}
	return out, nil
}

// Overlay mixes a colour into the pixels that a mask [height, width] marks:
// (1 − alpha)·pixel + alpha·color, truncated. It fails if the mask does not fit
// the image or alpha is not between 0 and 1.
func Overlay(img *augment.Image, mask []bool, color [3]uint8, alpha float64) (*augment.Image, error) {
	if len(mask) != img.Width*img.Height {
		return nil, fmt.Errorf("attnmap: a mask of %d pixels for an image of %d×%d", len(mask), img.Width, img.Height)
	}
	if !(alpha >= 0 && alpha <= 1) {
		return nil, fmt.Errorf("attnmap: overlay's alpha is %v: must be between 0 and 1; 0.5 is usual", alpha)
	}
	out := augment.NewImage(img.Width, img.Height)
	copy(out.Pix, img.Pix)
	for i, marked := range mask {
		if !marked {
			continue
		}
		for c := range 3 {
			out.Pix[3*i+c] = uint8((1-alpha)*float64(img.Pix[3*i+c]) + alpha*float64(color[c]))
		}
	}
	return out, nil
}

// Blend mixes two images of one size: (1 − alpha)·a + alpha·b, rounded. It fails
// if their sizes differ or alpha is not between 0 and 1.
func Blend(a, b *augment.Image, alpha float64) (*augment.Image, error) {
	if a.Width != b.Width || a.Height != b.Height {
		return nil, fmt.Errorf("attnmap: blend of %d×%d and %d×%d pixels: must be of one size", a.Width, a.Height,
			b.Width, b.Height)
	}
	if !(alpha >= 0 && alpha <= 1) {
		return nil, fmt.Errorf("attnmap: blend's alpha is %v: must be between 0 and 1", alpha)
	}
	out := augment.NewImage(a.Width, a.Height)
	for i := range out.Pix {
		out.Pix[i] = uint8(math.Round((1-alpha)*float64(a.Pix[i]) + alpha*float64(b.Pix[i])))
	}
	return out, nil
}

// valueRange maps values to 0…1.
type valueRange struct{ least, size float64 }

func newRange(values []float32) valueRange {
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		least, most = min(least, float64(v)), max(most, float64(v))
	}
	return valueRange{least: least, size: most - least}
}

// of returns where v lies, from 0 to 1; 0 if all values are equal.
func (r valueRange) of(v float32) float64 {
	if r.size <= 0 {
		return 0
	}
	return min(max((float64(v)-r.least)/r.size, 0), 1)
}
