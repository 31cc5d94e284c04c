package png

import (
	"encoding/binary"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/stored"
)

// sink takes the rows of a file and makes the picture.
type sink interface {
	row(raw []uint8, y int)
	// spread takes the pixels of a row of a pass: the first goes to a column of row y, each further
	// one so many columns behind.
	spread(raw []uint8, column, y, step, pixels int)
	picture() stored.Picture
}

func (d *decoder) sink() sink {
	if d.bits == 16 {
		channels := 1
		if d.kind == rgb || d.kind == rgbAlpha {
			channels = 3
		}
		return &deepSink{d, stored.NewWords(d.width, d.height, channels, 16)}
	}
	s := &shallowSink{decoder: d, line: make([]uint8, 3*d.width)}
	if d.interlaced {
		s.whole = augment.NewImage(d.width, d.height)
	} else {
		s.shrinker = stored.NewShrinker(d.width, d.height, d.Shrink)
	}
	if d.Alpha && d.Shrink == 1 && (d.hasKey || d.kind >= palette) {
		s.alpha = make([]uint8, d.width*d.height)
	}
	return s
}

// deepSink keeps samples of 16 bits.
type deepSink struct {
	*decoder
	img *stored.Image
}

func (s *deepSink) row(raw []uint8, y int) { s.spread(raw, 0, y, 1, s.width) }

func (s *deepSink) spread(raw []uint8, column, y, step, pixels int) {
	n := s.img.Channels
	for i := range pixels {
		to := s.img.Words[(y*s.width+column+i*step)*n:]
		for c := range n {
			to[c] = binary.BigEndian.Uint16(raw[2*(i*s.samples+c):])
		}
	}
}

func (s *deepSink) picture() stored.Picture { return stored.Picture{Deep: s.img} }

// shallowSink converts rows to RGB.
type shallowSink struct {
	*decoder
	line     []uint8
	shrinker *stored.Shrinker
	whole    *augment.Image
	alpha    []uint8
}

func (s *shallowSink) row(raw []uint8, y int) {
	line := s.shrinker.Row()
	if line == nil {
		line = s.line
	}
	var alpha []uint8
	if s.alpha != nil {
		alpha = s.alpha[y*s.width:]
	}
	s.convert(line, alpha, raw, s.width)
	s.shrinker.Add(line)
}

func (s *shallowSink) spread(raw []uint8, column, y, step, pixels int) {
	var alpha []uint8
	if s.alpha != nil {
		if s.scratch == nil {
			s.scratch = make([]uint8, s.width)
		}
		alpha = s.scratch
	}
	s.convert(s.line, alpha, raw, pixels)
	for i := range pixels {
		at := y*s.width + column + i*step
		copy(s.whole.Pix[3*at:][:3], s.line[3*i:])
		if alpha != nil {
			s.alpha[at] = alpha[i]
		}
	}
}

func (s *shallowSink) picture() stored.Picture {
	if s.whole != nil {
		return stored.Picture{RGB: s.whole, Alpha: s.alpha}
	}
	return stored.Picture{RGB: s.shrinker.Image(), Alpha: s.alpha}
}

// convert turns pixels into RGB, and writes their alpha where it is asked for.
func (s *shallowSink) convert(out, alpha, raw []uint8, pixels int) {
	switch {
	case s.kind == rgb:
		copy(out[:3*pixels], raw)
	case s.kind == rgbAlpha:
		for i := range pixels {
			out[3*i], out[3*i+1], out[3*i+2] = raw[4*i], raw[4*i+1], raw[4*i+2]
		}
	case s.kind == greyAlpha:
		for i := range pixels {
			out[3*i], out[3*i+1], out[3*i+2] = raw[2*i], raw[2*i], raw[2*i]
		}
	case s.kind == palette:
		for i := range pixels {
			copy(out[3*i:3*i+3], s.colours[s.index(raw, i)][:])
		}
	default:
		most := 1<<s.bits - 1
		for i := range pixels {
			v := uint8(int(s.index(raw, i)) * 255 / most)
			out[3*i], out[3*i+1], out[3*i+2] = v, v, v
		}
	}
	for i := range min(pixels, len(alpha)) {
		alpha[i] = s.alphaOf(raw, i)
	}
}

// index is sample i of a pixel with one.
func (s *shallowSink) index(raw []uint8, i int) uint8 {
	if s.bits == 8 {
		return raw[i]
	}
	at := i * s.bits
	return raw[at/8] >> (8 - s.bits - at%8) & (1<<s.bits - 1)
}

func (s *shallowSink) alphaOf(raw []uint8, i int) uint8 {
	switch s.kind {
	case rgbAlpha:
		return raw[4*i+3]
	case greyAlpha:
		return raw[2*i+1]
	case palette:
		return s.alphas[s.index(raw, i)]
	case grey:
		if s.hasKey && uint16(s.index(raw, i)) == s.transparent[0] {
			return 0
		}
	case rgb:
		p := raw[3*i : 3*i+3]
		if s.hasKey && [3]uint16{uint16(p[0]), uint16(p[1]), uint16(p[2])} == s.transparent {
			return 0
		}
	}
	return 255
}
