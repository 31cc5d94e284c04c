package augment

import "sync"

// Hue turns the colours around the colour wheel by Factor turns, in Pillow's
// 8-bit HSV: h ← (h + trunc(255·Factor)) mod 256.
//
// With M and m the largest and smallest sample and δ = M − m:
//
//	v = M, s = ⌊255·δ/M⌋
//	position = b'−g' if R = M, else 2+r'−b' if G = M, else 4+g'−r';  r' = (M−R)/δ …
//	h = ⌊255·frac(position/6 + 1)⌋
//
// and back with i = ⌊6h/255⌋, f = 6h/255 − i:
//
//	p = round(v(1 − s/255)), q = round(v(1 − f·s/255)), t = round(v(1 − (1−f)·s/255))
//
// i mod 6 selects (v,t,p), (q,v,p), (p,v,t), (p,q,v), (t,p,v), (v,p,q). A grey
// pixel stays as it is.
type Hue struct {
	Factor float64 // −½ … ½
}

func (op Hue) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	hueTables().turn(dst.Pix, src.Pix, uint8(int(255*op.Factor)))
	return dst
}

// wheel holds what the conversion to and from HSV looks up.
type wheel struct {
	// hue is h by the channel that is largest (red before green before blue) and,
	// at δ² + δ + d, by the difference d = −δ … δ of the two others: G−B, B−R or R−G.
	hue [channels][1 << 16]uint8
	// inverse is ⌈2²⁴/M⌉, which divides the numbers up to 255² by M exactly.
	inverse [256]uint64
	// sextant is i mod 6 for each h, and fraction 255·f for odd i, where the third
	// sample is q, and 255·(1−f) for even i, where it is t.
	sextant  [256]uint8
	fraction [256]uint32
}

// hueTables returns the tables, computed on first use.
var hueTables = sync.OnceValue(func() *wheel {
	t := new(wheel)
	for c := range t.hue {
		for delta := 1; delta < 256; delta++ {
			for d := -delta; d <= delta; d++ {
				t.hue[c][delta*delta+delta+d] = hueOf(c, d, delta)
			}
		}
	}
	for m := 1; m < 256; m++ {
		t.inverse[m] = uint64((1<<24 + m - 1) / m)
	}
	for h := range t.sextant {
		i := 6 * h / 255
		t.sextant[h] = uint8(i % 6)
		t.fraction[h] = uint32(6*h - 255*i)
		if i%2 == 0 {
			t.fraction[h] = 255 - t.fraction[h]
		}
	}
	return t
})

// hueOf returns h for the largest channel, the difference d of the two others
// and δ. Ratios, position and fraction are rounded to float32, all else is double.
func hueOf(largest, d, delta int) uint8 {
	// One of the two others is the smallest, at ratio 1, the other at 1 − |d|/δ.
	first, second := delta-max(d, 0), delta+min(d, 0)
	low := float32(first) / float32(delta)
	high := float32(second) / float32(delta)
	position := float32(float64(2*largest) + float64(high) - float64(low))
	turns := float64(position)/6 + 1
	if turns >= 1 {
		turns--
	}
	return uint8(float64(float32(turns)) * 255)
}

// turn adds shift to the hue of every pixel of src; dst may be src.
func (t *wheel) turn(dst, src []uint8, shift uint8) {
	for i := 0; i+channels <= len(src); i += channels {
		p := src[i : i+channels : i+channels]
		q := dst[i : i+channels : i+channels]
		q[0], q[1], q[2] = t.turned(p[0], p[1], p[2], shift)
	}
}

// turned returns one colour with shift added to its hue.
func (t *wheel) turned(r, g, b, shift uint8) (_, _, _ uint8) {
	top, bottom := max(r, g, b), min(r, g, b)
	if top == bottom {
		return r, g, b
	}
	delta := int(top) - int(bottom)
	at := delta*delta + delta
	var h uint8
	switch top {
	case r:
		h = t.hue[0][uint16(at+int(g)-int(b))]
	case g:
		h = t.hue[1][uint16(at+int(b)-int(r))]
	default:
		h = t.hue[2][uint16(at+int(r)-int(g))]
	}
	h += shift
	s := uint32(uint64(255*delta) * t.inverse[top] >> 24)
	v := uint32(top)
	p := uint8((2*v*(255-s) + 255) / (2 * 255))
	third := uint8((2*v*(255*255-t.fraction[h]*s) + 255*255) / (2 * 255 * 255))
	switch t.sextant[h] {
	case 0:
		return top, third, p
	case 1:
		return third, top, p
	case 2:
		return p, top, third
	case 3:
		return p, third, top
	case 4:
		return third, p, top
	default:
		return top, p, third
	}
}
