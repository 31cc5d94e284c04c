package augment

import "fmt"

// channels is the number of samples of a pixel: red, green, blue.
const channels = 3

// Image is an 8-bit RGB image, stored as rows from top to bottom, pixels from
// left to right, red, green and blue next to each other.
type Image struct {
	Width, Height int
	Pix           []uint8 // Height × Width × 3
}

// NewImage returns a black image. It panics unless both sides are positive.
func NewImage(width, height int) *Image {
	img := new(Image)
	img.resize(width, height)
	return img
}

// At returns the pixel in column x and row y.
func (m *Image) At(x, y int) (r, g, b uint8) {
	p := m.row(y)[channels*x:]
	return p[0], p[1], p[2]
}

// Set changes the pixel in column x and row y.
func (m *Image) Set(x, y int, r, g, b uint8) {
	p := m.row(y)[channels*x:]
	p[0], p[1], p[2] = r, g, b
}

// row returns the samples of row y.
func (m *Image) row(y int) []uint8 {
	n := channels * m.Width
	return m.Pix[y*n : (y+1)*n]
}

// resize gives m new sides and keeps its memory where that suffices. The
// samples are uninitialised afterwards.
func (m *Image) resize(width, height int) {
	if width < 1 || height < 1 {
		panic(fmt.Sprintf("augment: an image of %d×%d pixels: both sides must be positive", width, height))
	}
	m.Width, m.Height = width, height
	m.Pix = grow(m.Pix, channels*width*height)
}

// bounds returns the box that covers m.
func (m *Image) bounds() Box { return Box{Width: m.Width, Height: m.Height} }

// Box is a rectangle of pixels, from row Top and column Left on.
type Box struct {
	Top, Left, Height, Width int
}

// inside reports whether b is not empty and within other.
func (b Box) inside(other Box) bool {
	return b.Height > 0 && b.Width > 0 && b.Top >= other.Top && b.Left >= other.Left &&
		b.Top+b.Height <= other.Top+other.Height && b.Left+b.Width <= other.Left+other.Width
}
