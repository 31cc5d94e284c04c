package nets

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Edge says what becomes of pixels at the bottom and at the right that fill no cell of the grid.
type Edge int

// Edges of [Geometry].
const (
	EdgeRefused Edge = iota // both sides must be multiples of the patch size
	EdgeIgnored             // they are left out: the grid is rounded down, and a side is at least a patch long
	EdgePadded              // they make a cell: the grid is rounded up, and any image is taken
)

// Geometry says which images a network takes and what grid of tokens it makes of them.
type Geometry struct {
	Channels int    // colour channels of the images
	Patch    int    // pixels a side of a cell: the patch size, or the product of a convolutional network's strides
	Native   [2]int // height and width in pixels that variables are made for; zero where none are
	Edge     Edge
}

// Grid is the number of rows and columns of cells in images of a height and width in pixels.
func (g Geometry) Grid(size [2]int) [2]int {
	if g.Edge == EdgePadded {
		size[0], size[1] = size[0]+g.Patch-1, size[1]+g.Patch-1
	}
	return [2]int{size[0] / g.Patch, size[1] / g.Patch}
}

// Check reports whether images of a height and width in pixels are taken.
func (g Geometry) Check(size [2]int) error {
	must := ""
	for _, side := range size {
		switch {
		case g.Edge == EdgeRefused && (side < 1 || side%g.Patch != 0):
			must = fmt.Sprintf("positive multiples of the patch size (%d)", g.Patch)
		case g.Edge == EdgeIgnored && side < g.Patch:
			must = fmt.Sprintf("at least the patch size (%d)", g.Patch)
		case side < 1:
			must = "at least 1"
		}
	}
	if must == "" {
		return nil
	}
	return fmt.Errorf("images are %d×%d pixels: width and height must be %s", size[1], size[0], must)
}

// CheckSize reports whether a network takes images of a height and width in pixels.
func CheckSize(c Config, size [2]int) error {
	if err := c.Geometry().Check(size); err != nil {
		return fmt.Errorf("%s: %w", c.Kind(), err)
	}
	return nil
}

// CheckImages panics unless images are [B, C, H, W] in a size that the network takes: what a
// network's [Network.ForwardAll] begins with.
func CheckImages(c Config, images *graph.Node) {
	channels := c.Geometry().Channels
	if images.Rank() != 4 || images.Shape().Dim(1) != channels {
		exceptions.Panicf("%s: images have shape %s: must be [batch, %d, height, width]", c.Kind(), images.Shape(),
			channels)
	}
	if err := CheckSize(c, [2]int{images.Shape().Dim(2), images.Shape().Dim(3)}); err != nil {
		exceptions.Panicf("%v", err)
	}
}
