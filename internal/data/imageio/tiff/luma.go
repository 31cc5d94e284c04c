package tiff

import (
	"errors"
	"io"

	"github.com/dino-go/dino/augment"
)

// luma reads YCbCr that is not in JPEG: a unit is the luma of h × v pixels, then their Cb and Cr.
func (p *page) luma() (*augment.Image, error) {
	if p.samples != 3 {
		return nil, errors.New("YCbCr with extra samples is not read: convert the file to RGB")
	}
	h, v := p.subsampling[0], p.subsampling[1]
	out, colour := augment.NewImage(p.width, p.height), p.colourOfLuma()
	units := (p.blockWidth + h - 1) / h
	raw := make([]byte, units*(h*v+2))
	for i := range p.across * p.down {
		x, y := i%p.across*p.blockWidth, i/p.across*p.blockHeight
		block, err := p.block(i)
		if err != nil {
			return nil, err
		}
		if block == nil {
			continue
		}
		from, err := p.reader(block)
		if err != nil {
			return nil, err
		}
		r := &rows{from: from, raw: raw, stride: 1, bits: 8, order: p.order}
		if p.compression == lzwCoded || p.compression == deflate {
			r.predictor = min(p.predictor, 1) // differences are not defined for units
		}
		for row := 0; row < min(p.blockHeight, p.height-y); row += v {
			if err := r.next(); err != nil {
				from.Close()
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return nil, err
			}
			for u := range units {
				unit := raw[u*(h*v+2):][:h*v+2]
				for k, l := range unit[:h*v] {
					px, py := x+u*h+k%h, y+row+k/h
					if px < p.width && py < p.height && u*h+k%h < p.blockWidth {
						c := colour(l, unit[h*v], unit[h*v+1])
						copy(out.Pix[3*(py*p.width+px):], c[:])
					}
				}
			}
		}
		from.Close()
	}
	return out, nil
}

// colourOfLuma converts by the weights and the references of black and white that the file states.
func (p *page) colourOfLuma() func(y, cb, cr uint8) [3]uint8 {
	weights := []float64{0.299, 0.587, 0.114}
	if w := p.numbers(tagYCbCrWeights, 3); len(w) == 3 && w[1] > 0 {
		weights = w
	}
	refs := []float64{0, 255, 128, 255, 128, 255}
	if r := p.numbers(tagReferences, 6); len(r) == 6 && r[1] > r[0] && r[3] > r[2] && r[5] > r[4] {
		refs = r
	}
	code := func(c int, black, white, span float64) int32 {
		return int32((float64(c) - black) * span / (white - black))
	}
	fixed := func(x float64) int32 { return int32(x*(1<<16) + 0.5) }
	red, blue := 2-2*weights[0], 2-2*weights[2]
	d1, d3 := fixed(red), fixed(blue)
	d2, d4 := -fixed(red*weights[0]/weights[1]), -fixed(blue*weights[2]/weights[1])
	const half = 1 << 15
	level := func(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
	return func(y, cb, cr uint8) [3]uint8 { // in libtiff's fixed point
		l := code(int(y), refs[0], refs[1], 255)
		b := code(int(cb)-128, refs[2]-128, refs[3]-128, 127)
		r := code(int(cr)-128, refs[4]-128, refs[5]-128, 127)
		return [3]uint8{level(l + (d1*r+half)>>16), level(l + (d2*r+d4*b+half)>>16), level(l + (d3*b+half)>>16)}
	}
}
