package stored

import (
	"math"

	"github.com/dino-go/dino/augment"
)

// Image holds samples as rows from top to bottom, pixels from left to right, the channels of a
// pixel next to each other. Either Words or Floats is set.
type Image struct {
	Width, Height int
	Channels      int       // 1, grey, or 3, red, green and blue
	Words         []uint16  // Height × Width × Channels: whole numbers without a sign, of at most 16 bits
	Floats        []float32 // Height × Width × Channels: all others
	Span          [2]float64
	// Missing is the value that stands for no data, as GDAL's nodata; NaN where there is none.
	// Floats that are NaN or infinite have no data in any case.
	Missing float64
}

// Picture is a decoded file: 8-bit pixels, or samples that are still to be mapped to them.
type Picture struct {
	RGB   *augment.Image
	Alpha []uint8 // of the pixels of RGB, Height × Width; nil where all are opaque, or it was not asked for
	Deep  *Image
}

// NewWords returns an image of whole numbers of so many bits, all 0.
func NewWords(width, height, channels, bits int) *Image {
	return &Image{
		Width: width, Height: height, Channels: channels, Words: make([]uint16, width*height*channels),
		Span: [2]float64{0, float64(int(1)<<bits - 1)}, Missing: math.NaN(),
	}
}

// NewFloats returns an image of other numbers, all 0, whose type spans a range.
func NewFloats(width, height, channels int, span [2]float64) *Image {
	return &Image{
		Width: width, Height: height, Channels: channels, Floats: make([]float32, width*height*channels),
		Span: span, Missing: math.NaN(),
	}
}

// at returns sample i, and whether it is data.
func (m *Image) at(i int) (v float64, ok bool) {
	if m.Words != nil {
		v = float64(m.Words[i])
	} else {
		v = float64(m.Floats[i])
	}
	return v, v-v == 0 && v != m.Missing
}

// RGB maps the samples to 8 bits: what is at most the low end of the range becomes 0, what is at
// least the high end 255, and what lies between goes in proportion. Samples without data become 0.
// The zero Range takes the span of the type.
func (m *Image) RGB(r Range) *augment.Image {
	out := augment.NewImage(m.Width, m.Height)
	var levels [3]scale
	for c := range levels {
		levels[c] = m.scale(r, c)
	}
	if m.Channels == 1 {
		for i := range m.Width * m.Height {
			v, ok := m.at(i)
			l := levels[0].level(v, ok)
			out.Pix[3*i], out.Pix[3*i+1], out.Pix[3*i+2] = l, l, l
		}
		return out
	}
	for i := range out.Pix {
		v, ok := m.at(i)
		out.Pix[i] = levels[i%3].level(v, ok)
	}
	return out
}

// scale maps the samples of a channel.
type scale struct{ low, times, by, round float64 }

// scale is by the range, or else by the type. Of whole numbers that fill their type the high bits
// are kept, as every reader of 16-bit images does.
func (m *Image) scale(r Range, channel int) scale {
	if r != (Range{}) {
		low, high := r[channel][0], r[channel][1]
		return scale{low, 255, high - low, 0.5}
	}
	low, high := m.Span[0], m.Span[1]
	if m.Words != nil {
		return scale{low, 256, high - low + 1, 0}
	}
	return scale{low, 255, high - low, 0.5}
}

func (s scale) level(v float64, ok bool) uint8 {
	v = (v-s.low)*s.times/s.by + s.round
	switch {
	case !ok || v <= 0:
		return 0
	case v >= 255:
		return 255
	}
	return uint8(v)
}

// Sample returns at most n values of a channel, spread evenly over the image, without those that
// are no data. The two channels that a grey image lacks are its only one.
func (m *Image) Sample(channel, n int) []float64 {
	const golden = 0.6180339887498949
	channel = min(channel, m.Channels-1)
	pixels := m.Width * m.Height
	n = min(n, pixels)
	out := make([]float64, 0, n)
	for k := range n {
		i := k
		if n < pixels { // multiples of the golden section, which favour no row and no column
			_, f := math.Modf(float64(k) * golden)
			i = int(f * float64(pixels))
		}
		if v, ok := m.at(i*m.Channels + channel); ok {
			out = append(out, v)
		}
	}
	return out
}

// Upright returns the image with the pixel of every place taken from another one: source tells
// which is shown at a column and a row of width × height pixels.
func (m *Image) Upright(width, height int, source func(x, y int) (sx, sy int)) *Image {
	out := *m
	out.Width, out.Height = width, height
	if m.Words != nil {
		out.Words = moved(m.Words, m, width, height, source)
	} else {
		out.Floats = moved(m.Floats, m, width, height, source)
	}
	return &out
}

func moved[T any](from []T, m *Image, width, height int, source func(x, y int) (sx, sy int)) []T {
	to := make([]T, 0, len(from))
	for y := range height {
		for x := range width {
			sx, sy := source(x, y)
			at := (sy*m.Width + sx) * m.Channels
			to = append(to, from[at:at+m.Channels]...)
		}
	}
	return to
}
