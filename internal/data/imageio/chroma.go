package imageio

import "image"

// chroma brings the two colour planes of a YCbCr image to the size of its luma
// plane, row by row, as libjpeg does: planes of half the width or height are
// interpolated with a triangle filter, ¾ of the nearer sample and ¼ of the next
// one. Other ratios, and planes of one or two columns, repeat samples.
type chroma struct {
	m             *image.YCbCr
	width, height int // of the colour planes
	cb, cr        []uint8
	sums          []uint16 // a row to be doubled, its ends repeated once
}

func newChroma(m *image.YCbCr) *chroma {
	c := &chroma{m: m, width: m.Rect.Dx(), height: m.Rect.Dy()}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		c.width, c.height = (c.width+1)/2, (c.height+1)/2
	case image.YCbCrSubsampleRatio422:
		c.width = (c.width + 1) / 2
	case image.YCbCrSubsampleRatio440:
		c.height = (c.height + 1) / 2
	}
	n := m.Rect.Dx() + 1 // the enlarged width is even
	c.cb, c.cr, c.sums = make([]uint8, n), make([]uint8, n), make([]uint16, c.width+2)
	return c
}

// row returns the colours of luma row y, valid until the next call.
func (c *chroma) row(y int) (cb, cr []uint8) {
	if c.m.SubsampleRatio == image.YCbCrSubsampleRatio444 {
		return c.m.Cb[y*c.m.CStride:][:c.width], c.m.Cr[y*c.m.CStride:][:c.width]
	}
	c.enlarge(c.cb, c.m.Cb, y)
	c.enlarge(c.cr, c.m.Cr, y)
	return c.cb, c.cr
}

// enlarge computes one row of one plane.
func (c *chroma) enlarge(dst, plane []uint8, y int) {
	ratio := c.m.SubsampleRatio
	switch {
	case ratio == image.YCbCrSubsampleRatio440:
		near, next := c.rows(plane, y)
		for x, v := range near {
			// Rounded down in even rows and up in odd ones.
			dst[x] = uint8((3*int32(v) + int32(next[x]) + 1 + int32(y&1)) >> 2)
		}
	case ratio == image.YCbCrSubsampleRatio422 && c.width > 2:
		near := plane[y*c.m.CStride:][:c.width]
		for x, v := range near {
			c.sums[x+1] = uint16(v)
		}
		c.double(dst, 1, 2, 2)
	case ratio == image.YCbCrSubsampleRatio420 && c.width > 2:
		near, next := c.rows(plane, y)
		mix(c.sums[1:], near, next)
		c.double(dst, 8, 7, 4)
	default:
		for x := range c.m.Rect.Dx() {
			dst[x] = plane[c.m.COffset(c.m.Rect.Min.X+x, c.m.Rect.Min.Y+y)]
		}
	}
}

// rows returns the row of a plane that is nearest to luma row y and the nearest
// one on the other side, both the same at the border.
func (c *chroma) rows(plane []uint8, y int) (near, next []uint8) {
	i, j := nearest(y, c.height)
	return plane[i*c.m.CStride:][:c.width], plane[j*c.m.CStride:][:c.width]
}

// nearest returns the samples on both sides of position i of a line twice as
// long as the n samples, the nearer one first.
func nearest(i, n int) (near, next int) {
	near = i / 2
	if i%2 == 0 {
		return near, max(near-1, 0)
	}
	return near, min(near+1, n-1)
}

// mix writes 3·near + next.
func mix(dst []uint16, near, next []uint8) {
	for x := mixVector(dst, near, next); x < len(near); x++ {
		dst[x] = 3*uint16(near[x]) + uint16(next[x])
	}
}

// double repeats the ends of c.sums and spreads them over dst.
func (c *chroma) double(dst []uint8, left, right uint16, shift uint) {
	c.sums[0], c.sums[c.width+1] = c.sums[1], c.sums[c.width]
	spread(dst, c.sums, left, right, shift)
}

// spread doubles the row of samples between the first and the last element:
// (3·near + next + bias) >> shift, with a bias for the left and one for the right
// half of each sample.
func spread(dst []uint8, src []uint16, left, right uint16, shift uint) {
	for x := spreadVector(dst, src, left, right, shift); x+2 < len(src); x++ {
		near := 3 * src[x+1]
		dst[2*x] = uint8((near + src[x] + left) >> shift)
		dst[2*x+1] = uint8((near + src[x+2] + right) >> shift)
	}
}
