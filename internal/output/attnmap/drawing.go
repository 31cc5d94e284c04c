package attnmap

import (
	"fmt"

	"github.com/dino-go/dino/augment"
)

// Style says how attention is drawn.
type Style struct {
	Colors ColorMap
	// Mass is the share of attention that a mask holds; 0 draws no masks.
	Mass float64
	// Mark is mixed into the masked pixels with weight Alpha.
	Mark  [3]uint8
	Alpha float64
}

// DefaultStyle draws as DINO's visualize_attention.py does, with the masks of
// the paper's figures.
func DefaultStyle() Style {
	return Style{Colors: Viridis, Mass: 0.6, Mark: [3]uint8{255, 0, 0}, Alpha: 0.5}
}

// HeadDrawing is the attention of one head, or the mean of several, as pictures
// of the image's size.
type HeadDrawing struct {
	Heat    *augment.Image
	Overlay *augment.Image // the image with the mask on it; nil without masks
	Mask    []bool         // [Rows·Cols]; nil without masks
}

// Drawing is all that is drawn of one image.
type Drawing struct {
	Image *augment.Image
	Mean  HeadDrawing
	Heads []HeadDrawing
}

// Draw draws the heads' attention [heads][Rows·Cols] (see [ClassAttention]) to
// an image of Rows·patch by Cols·patch pixels (see [Crop]). It fails on sizes
// that do not fit and on settings out of range.
func Draw(img *augment.Image, heads [][]float32, grid Grid, patch int, style Style) (Drawing, error) {
	if len(heads) == 0 || patch < 1 || img.Width != grid.Cols*patch || img.Height != grid.Rows*patch {
		return Drawing{}, fmt.Errorf("attnmap: an image of %d×%d pixels, %d heads, a grid of %d×%d patches of %d "+
			"pixels: must fit each other",
			img.Width, img.Height, len(heads), grid.Rows, grid.Cols, patch)
	}
	d := Drawing{Image: img}
	for h, attention := range heads {
		if len(attention) != grid.Patches() {
			return Drawing{}, fmt.Errorf("attnmap: attention of head %d has %d patches: the grid is %d×%d", h,
				len(attention), grid.Rows, grid.Cols)
		}
		head, err := style.draw(img, attention, grid, patch)
		if err != nil {
			return Drawing{}, fmt.Errorf("%w (head %d)", err, h)
		}
		d.Heads = append(d.Heads, head)
	}
	var err error
	d.Mean, err = style.draw(img, MeanHead(heads), grid, patch)
	return d, err
}

func (s Style) draw(img *augment.Image, attention []float32, grid Grid, patch int) (HeadDrawing, error) {
	var d HeadDrawing
	var err error
	if d.Heat, err = HeatMap(Upsample(attention, grid, patch), img.Width, img.Height, s.Colors); err != nil ||
		s.Mass == 0 {
		return d, err
	}
	if d.Mask, err = Mask(attention, s.Mass); err != nil {
		return d, err
	}
	d.Overlay, err = Overlay(img, Upsample(d.Mask, grid, patch), s.Mark, s.Alpha)
	return d, err
}

// Sheet puts the drawing on one sheet: the image, the mean and the heads as heat
// maps, and below them the overlays, if any.
func (d Drawing) Sheet(gap int) (*augment.Image, error) {
	heats, overlays := []*augment.Image{d.Image}, []*augment.Image{nil}
	for _, head := range append([]HeadDrawing{d.Mean}, d.Heads...) {
		heats, overlays = append(heats, head.Heat), append(overlays, head.Overlay)
	}
	return Sheet([][]*augment.Image{heats, overlays}, gap)
}
