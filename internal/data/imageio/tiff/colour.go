package tiff

import (
	"errors"
	"math"

	"github.com/dino-go/dino/augment"
)

// toRGB converts samples of at most 8 bits, so many kept of a pixel.
func (p *page) toRGB(pix []uint8, keep int) (*augment.Image, error) {
	out := augment.NewImage(p.width, p.height)
	switch p.photometric {
	case palette:
		return out, p.lookUp(out, pix)
	case cmyk:
		for i := range p.width * p.height {
			inks := pix[i*keep:]
			light := 255 - int(inks[3])
			for c := range 3 {
				out.Pix[3*i+c] = uint8(max(light-scale255(int(inks[c]), light), 0))
			}
		}
		return out, nil
	case cieLab, iccLab:
		for i := range p.width * p.height {
			a, b := float64(int8(pix[i*keep+1])), float64(int8(pix[i*keep+2]))
			if p.photometric == iccLab {
				a, b = float64(pix[i*keep+1])-128, float64(pix[i*keep+2])-128
			}
			colour := fromLab(float64(pix[i*keep])*100/255, a, b)
			copy(out.Pix[3*i:], colour[:])
		}
		return out, nil
	}
	levels := p.levels()
	for i := range p.width * p.height {
		for c := range 3 {
			v := levels[pix[i*keep+min(c, p.colours-1)]]
			if p.alpha >= 0 {
				v = divided(v, levels[pix[i*keep+keep-1]])
			}
			out.Pix[3*i+c] = v
		}
	}
	return out, nil
}

// levels are the grey levels of the values of a sample.
func (p *page) levels() (out [256]uint8) {
	most := 1<<min(p.bits, 8) - 1
	for v := range out {
		level := (min(v, most)*255 + most/2) / most
		if p.photometric == whiteIsZero {
			level = 255 - level
		}
		out[v] = uint8(level)
	}
	return out
}

// divided takes alpha out of a colour that was multiplied by it; what is fully transparent is
// black.
func divided(v, alpha uint8) uint8 {
	switch alpha {
	case 0:
		return 0
	case 255:
		return v
	}
	return uint8(min(255*int(v)/int(alpha), 255))
}

// lookUp takes colours from the palette: all red values, then all green, then all blue ones, of 16
// bits. Some writers keep them in the lower 8.
func (p *page) lookUp(out *augment.Image, pix []uint8) error {
	n := 1 << p.bits
	colours := p.numbers(tagColorMap, uint64(3*n))
	if len(colours) < 3*n {
		return errors.New("the file is corrupt: its palette is not there or too short")
	}
	shift := 0
	for _, v := range colours {
		if v > 255 {
			shift = 8
		}
	}
	for i := range p.width * p.height {
		for c := range 3 {
			out.Pix[3*i+c] = uint8(int(colours[c*n+int(pix[i])]) >> shift)
		}
	}
	return nil
}

// scale255 returns a·b/255, rounded.
func scale255(a, b int) int {
	t := a*b + 128
	return (t>>8 + t) >> 8
}

// fromLab converts CIE L*a*b* of the white D50 to sRGB.
func fromLab(l, a, b float64) (out [3]uint8) {
	inverse := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0/29)
	}
	fy := (l + 16) / 116
	x, y, z := 0.96422*inverse(fy+a/500), inverse(fy), 0.82521*inverse(fy-b/200)
	for c, row := range [3][3]float64{ // D50 to linear sRGB, by Bradford's adaptation
		{3.1338561, -1.6168667, -0.4906146}, {-0.9787684, 1.9161415, 0.0334540}, {0.0719453, -0.2289914, 1.4052427},
	} {
		v := row[0]*x + row[1]*y + row[2]*z
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[c] = uint8(min(max(v*255+0.5, 0), 255))
	}
	return out
}
