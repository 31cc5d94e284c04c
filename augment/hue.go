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

// wheel holds the hue by the channel that is largest (red before green before
// blue) and by the difference d = −δ … δ of the two others, G−B, B−R or R−G: h is
// at 2¹⁶·channel + δ² + δ + d.
type wheel struct {
	hue [channels << 16]uint8
}

// hueTables returns the wheel, computed on first use.
var hueTables = sync.OnceValue(func() *wheel {
	t := new(wheel)
	for c := range channels {
		for delta := 1; delta < 256; delta++ {
			for d := -delta; d <= delta; d++ {
				t.hue[c<<16+delta*delta+delta+d] = hueOf(c, d, delta)
			}
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
	for i := t.turnVector(dst, src, shift); i+channels <= len(src); i += channels {
		p := src[i : i+channels : i+channels]
		r, g, b := int(p[0]), int(p[1]), int(p[2])
		top := max(r, g, b)
		delta := top - min(r, g, b)
		if delta == 0 {
			copy(dst[i:i+channels], p)
			continue
		}
		at := delta*delta + delta
		switch top {
		case r:
			at += g - b
		case g:
			at += 1<<16 + b - r
		default:
			at += 2<<16 + r - g
		}
		h := int(t.hue[at] + shift)
		s := 255 * delta / top
		q := dst[i : i+channels : i+channels]
		q[0], q[1], q[2] = fade(top, s, h, 5*255), fade(top, s, h, 3*255), fade(top, s, h, 255)
	}
}

// fade returns one channel of the colour (h, s, v):
//
//	round(v·(1 − s·c/255²)), c = min(k, 4·255 − k) clamped to 0…255, k = (from + 6h) mod 6·255
//
// with from = 5·255 for red, 3·255 for green and 255 for blue. Going around the
// wheel c rests at 255, where the channel is p, falls to 0 (q), rests there (v) and
// rises again (t).
func fade(v, s, h, from int) uint8 {
	k := (from + 6*h) % (6 * 255)
	c := min(max(min(k, 4*255-k), 0), 255)
	return uint8((2*v*(255*255-s*c) + 255*255) / (2 * 255 * 255))
}
