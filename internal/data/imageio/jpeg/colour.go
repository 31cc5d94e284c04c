package jpeg

import (
	"image"

	"github.com/dino-go/dino/augment"
)

// The weights of the colour differences in units of 2^−16.
const (
	redOfCr   = 91881  // 1.402
	greenOfCb = -22554 // −0.34414
	greenOfCr = -46802 // −0.71414
	blueOfCb  = 116130 // 1.772
)

// FromYCbCr converts full-range YCbCr to dst, which has its size, as libjpeg does:
//
//	R = Y + 1.402·Cr', G = Y − 0.34414·Cb' − 0.71414·Cr', B = Y + 1.772·Cb'
//
// with Cb' = Cb − 128, Cr' = Cr − 128, after enlarging the colour planes.
func FromYCbCr(dst *augment.Image, m *image.YCbCr) {
	h, v := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		h = 2
	case image.YCbCrSubsampleRatio420:
		h, v = 2, 2
	case image.YCbCrSubsampleRatio440:
		v = 2
	case image.YCbCrSubsampleRatio411:
		h = 4
	case image.YCbCrSubsampleRatio410:
		h, v = 4, 2
	}
	width, height := over(dst.Width, h), over(dst.Height, v)
	cb := newUpsampler(m.Cb, m.CStride, width, height, h, v, dst.Width)
	cr := newUpsampler(m.Cr, m.CStride, width, height, h, v, dst.Width)
	n := dst.Width
	for y := range dst.Height {
		fullRange(dst.Pix[3*n*y:][:3*n], m.Y[y*m.YStride:][:n], cb.row(y)[:n], cr.row(y)[:n])
	}
}

// fullRange converts one row.
func fullRange(dst, luma, cb, cr []uint8) {
	for x := fullRangeVector(dst, luma, cb, cr); x < len(luma); x++ {
		l, b, r := int32(luma[x]), int32(cb[x])-128, int32(cr[x])-128
		p := dst[3*x : 3*x+3 : 3*x+3]
		p[0] = clamp(l + (redOfCr*r+1<<15)>>16)
		p[1] = clamp(l + (greenOfCb*b+greenOfCr*r+1<<15)>>16)
		p[2] = clamp(l + (blueOfCb*b+1<<15)>>16)
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// picture converts the planes to RGB.
func (d *decoder) picture() (*augment.Image, error) {
	scale := 1 << d.Shrink
	img := augment.NewImage(over(d.width, scale), over(d.height, scale))
	rows := make([]*upsampler, len(d.components))
	for i := range d.components {
		c := &d.components[i]
		if c.plane == nil { // no scan had it
			return nil, errEnd
		}
		rows[i] = newUpsampler(c.plane, c.stride, over(c.width, scale), over(c.height, scale), d.hMax/c.h, d.vMax/c.v,
			img.Width)
	}
	n := img.Width
	convert := d.conversion()
	for y := range img.Height {
		var planes [4][]uint8
		for i, u := range rows {
			planes[i] = u.row(y)[:n]
		}
		convert(img.Pix[3*n*y:][:3*n], &planes)
	}
	return img, nil
}

// conversion chooses what the components are turned into RGB by.
func (d *decoder) conversion() func(dst []uint8, planes *[4][]uint8) {
	luma := d.isLuma()
	switch {
	case len(d.components) == 1:
		return func(dst []uint8, planes *[4][]uint8) {
			for x, v := range planes[0] {
				dst[3*x], dst[3*x+1], dst[3*x+2] = v, v, v
			}
		}
	case len(d.components) == 4 && d.Colour == AsStated:
		return func(dst []uint8, planes *[4][]uint8) { inks(dst, planes, luma, d.adobe) }
	case luma:
		return func(dst []uint8, planes *[4][]uint8) { fullRange(dst, planes[0], planes[1], planes[2]) }
	}
	return func(dst []uint8, planes *[4][]uint8) {
		for x := range planes[0] {
			dst[3*x], dst[3*x+1], dst[3*x+2] = planes[0][x], planes[1][x], planes[2][x]
		}
	}
}

// isLuma tells whether the first three components are luma and colour differences: as the container
// says, else as Adobe's segment does, else by the rules of libjpeg.
func (d *decoder) isLuma() bool {
	switch {
	case len(d.components) == 1 || d.Colour == AsRGB:
		return false
	case d.Colour == AsYCbCr:
		return true
	case len(d.components) == 4:
		return d.adobe && d.transform == 2
	case d.jfif:
		return true
	case d.adobe:
		return d.transform != 0
	}
	ids := [3]int{d.components[0].id, d.components[1].id, d.components[2].id}
	return ids != [3]int{'R', 'G', 'B'}
}

// inks mixes four components: red is (255−K)·(255−C)/255, and so on, with Pillow's rounding. Those
// of Adobe are inverted; luma and colour differences are of what the inks leave.
func inks(dst []uint8, planes *[4][]uint8, luma, inverted bool) {
	if luma {
		fullRange(dst, planes[0], planes[1], planes[2])
	}
	for x, black := range planes[3] {
		p := dst[3*x : 3*x+3 : 3*x+3]
		light := 255 - int(black)
		if inverted {
			light = int(black)
		}
		for c := range 3 {
			ink := int(planes[c][x])
			if luma { // C = 255 − R, and so on
				ink = 255 - int(p[c])
			}
			if inverted {
				ink = 255 - ink
			}
			p[c] = uint8(max(light-scale255(ink, light), 0))
		}
	}
}

// scale255 returns a·b/255, rounded.
func scale255(a, b int) int {
	t := a*b + 128
	return (t>>8 + t) >> 8
}
