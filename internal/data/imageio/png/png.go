// Package png reads PNG row by row: of a large file that is shrunk only the small picture is in
// memory. Of what stands behind the last row nothing is needed, so that a file that is cut there is
// whole.
//
// image/png keeps the whole image in its own form before it can be converted, refuses a file
// without its last chunk, and returns grey of 16 bits with a transparent value in four channels.
//
// Tests: oracle (image/png and, where it is there, Pillow), property (interlaced equals plain), bad
// input, fuzz.
package png

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/data/stored"
)

// Options say how a file is decoded.
type Options struct {
	Shrink int     // both sides become so many times smaller, if the file is not interlaced; 0 and 1 keep them
	Alpha  bool    // the picture has its transparency
	Floor  float64 // share of the rows that must be there in a file that ends early; 0 stands for all
}

// Colour types.
const (
	grey      = 0
	rgb       = 2
	palette   = 3
	greyAlpha = 4
	rgbAlpha  = 6
)

// decoder is a file that is being decoded.
type decoder struct {
	Options
	width, height int
	bits, kind    int
	samples       int // of a pixel
	interlaced    bool
	colours       [256][3]uint8
	alphas        [256]uint8 // of the palette
	transparent   [3]uint16  // the colour that is, as stored
	hasKey        bool

	pixels  io.Reader
	scratch []uint8
}

var (
	errEnd      = fmt.Errorf("the file is truncated: %w", io.ErrUnexpectedEOF)
	errChecksum = errors.New("the file is corrupt: the checksum of a chunk is wrong")
)

// Decode decodes a file. The caller has checked that its size is bearable.
func Decode(data []byte, o Options) (stored.Picture, error) {
	d := &decoder{Options: o}
	d.Shrink = max(1, d.Shrink)
	for i := range d.alphas {
		d.alphas[i] = 255
	}
	c := chunks{data: data[8:]}
	if err := d.before(&c); err != nil {
		return stored.Picture{}, err
	}
	z, err := zlib.NewReader(&c)
	if err != nil {
		return stored.Picture{}, c.explain(err)
	}
	d.pixels = z
	p, err := d.decode()
	if err != nil {
		err = c.explain(err)
	}
	return p, err
}

// before reads the chunks up to the pixels.
func (d *decoder) before(c *chunks) error {
	for first := true; ; first = false {
		name, body, err := c.next()
		if err != nil {
			return err
		}
		if first != (name == "IHDR") {
			return errors.New("the file is corrupt: it does not begin with its header")
		}
		switch name {
		case "IHDR":
			err = d.header(body)
		case "PLTE":
			if len(body) > 768 || len(body)%3 != 0 {
				return errors.New("the file is corrupt: the palette has no whole number of colours, or too many")
			}
			for i := range len(body) / 3 {
				copy(d.colours[i][:], body[3*i:])
			}
		case "tRNS":
			d.transparency(body)
		case "IEND":
			return errors.New("the file has no pixels")
		case "IDAT":
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (d *decoder) header(body []byte) error {
	if len(body) != 13 {
		return errors.New("the file is corrupt: its header has another length than 13")
	}
	d.width, d.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
	d.bits, d.kind, d.interlaced = int(body[8]), int(body[9]), body[12] == 1
	d.samples = map[int]int{grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgbAlpha: 4}[d.kind]
	allowed := map[int][]int{
		grey: {1, 2, 4, 8, 16}, palette: {1, 2, 4, 8}, rgb: {8, 16}, greyAlpha: {8, 16}, rgbAlpha: {8, 16},
	}[d.kind]
	for _, bits := range allowed {
		if bits == d.bits && body[10] == 0 && body[11] == 0 && body[12] <= 1 {
			return nil
		}
	}
	return fmt.Errorf("the file is corrupt: colour type %d with %d bits, methods %d, %d and %d", d.kind, d.bits,
		body[10],
		body[11], body[12])
}

func (d *decoder) transparency(body []byte) {
	switch {
	case d.kind == palette:
		copy(d.alphas[:], body)
	case d.kind == grey && len(body) >= 2:
		v := binary.BigEndian.Uint16(body)
		d.transparent, d.hasKey = [3]uint16{v, v, v}, true
	case d.kind == rgb && len(body) >= 6:
		for c := range 3 {
			d.transparent[c] = binary.BigEndian.Uint16(body[2*c:])
		}
		d.hasKey = true
	}
}

// decode reads the rows.
func (d *decoder) decode() (stored.Picture, error) {
	s := d.sink()
	if d.interlaced {
		if err := d.passes(s); err != nil {
			return stored.Picture{}, err
		}
		return s.picture(), nil
	}
	r := newRows(d, d.width)
	for y := range d.height {
		row, err := r.next()
		if err != nil {
			if there := float64(y) / float64(d.height); d.Floor > 0 && there >= d.Floor {
				break
			} else if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
				return stored.Picture{}, fmt.Errorf("%w: %.0f %% of the rows are there", errEnd, 100*there)
			}
			return stored.Picture{}, err
		}
		s.row(row, y)
	}
	return s.picture(), nil
}

// passes reads the seven images of an interlaced file.
func (d *decoder) passes(s sink) error {
	for _, pass := range [7][4]int{ // first column and row, and the distances between them
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		width, height := (d.width-pass[0]+pass[2]-1)/pass[2], (d.height-pass[1]+pass[3]-1)/pass[3]
		if width <= 0 || height <= 0 {
			continue
		}
		r := newRows(d, width)
		for y := range height {
			row, err := r.next()
			if err != nil {
				return err
			}
			s.spread(row, pass[0], pass[1]+y*pass[3], pass[2], width)
		}
	}
	return nil
}
