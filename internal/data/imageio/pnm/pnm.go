// Package pnm reads the portable any-maps of Netpbm: PBM (P1, P4), PGM (P2, P5), PPM (P3, P6) and
// the floating-point PFM (Pf, PF). A file may hold several images, of which the first is read.
//
// Tests: oracle (Pillow, where it is there), known answer, bad input, fuzz.
package pnm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/stored"
)

// Header is what a file says before its pixels.
type Header struct {
	Width, Height int
	Channels      int  // 1 or 3
	Most          int  // largest value of a sample; 1 in a PBM, 0 in a PFM
	Float         bool // a PFM

	kind  byte    // the digit or letter behind the P
	scale float64 // of a PFM: negative where samples are little-endian
	at    int     // where the pixels begin
}

var errEnd = errors.New("the file is truncated: it ends before its last pixel")

// ReadHeader reads what stands before the pixels.
func ReadHeader(data []byte) (Header, error) {
	if len(data) < 3 || data[0] != 'P' {
		return Header{}, errors.New("the file is no portable any-map: it does not begin with P and a kind")
	}
	h := Header{kind: data[1], Channels: 1, Most: 1}
	r := reader{data, 2}
	var err error
	if h.Width, err = r.header("width"); err != nil {
		return h, err
	}
	if h.Height, err = r.header("height"); err != nil {
		return h, err
	}
	switch h.kind {
	case '1', '4':
	case '2', '5', '3', '6':
		if h.Most, err = r.header("largest value"); err == nil && (h.Most < 1 || h.Most > 65535) {
			err = fmt.Errorf("the largest value is %d: must be from 1 to 65535", h.Most)
		}
	case 'f', 'F':
		h.Float, h.Most = true, 0
		if h.scale, err = strconv.ParseFloat(string(r.word()), 64); err != nil || h.scale == 0 {
			err = errors.New("the scale is no number other than 0")
		}
	default:
		err = errors.New("the kind of any-map is unknown")
	}
	if h.kind == '3' || h.kind == '6' || h.kind == 'F' {
		h.Channels = 3
	}
	h.at = r.at + 1 // one white space
	return h, err
}

// Decode reads the first image. The caller has checked that its size is bearable.
func Decode(data []byte) (stored.Picture, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return stored.Picture{}, err
	}
	body := data[min(h.at, len(data)):]
	switch h.kind {
	case '1', '4':
		img, err := h.bitmap(body)
		return stored.Picture{RGB: img}, err
	case 'f', 'F':
		img, err := h.floats(body)
		return stored.Picture{Deep: img}, err
	}
	next := h.samples(body)
	if h.Most > 255 {
		img := stored.NewWords(h.Width, h.Height, h.Channels, 16)
		img.Span[1] = float64(h.Most)
		for i := range img.Words {
			v, err := next()
			if err != nil {
				return stored.Picture{}, err
			}
			img.Words[i] = uint16(v)
		}
		return stored.Picture{Deep: img}, nil
	}
	img := augment.NewImage(h.Width, h.Height)
	for i := 0; i < len(img.Pix); i += 3 {
		for c := range 3 {
			if c >= h.Channels {
				img.Pix[i+c] = img.Pix[i]
				continue
			}
			v, err := next()
			if err != nil {
				return stored.Picture{}, err
			}
			img.Pix[i+c] = uint8((v*255 + h.Most/2) / h.Most)
		}
	}
	return stored.Picture{RGB: img}, nil
}

// samples returns a reader of one sample after the other, in text or in bytes; none is above the
// largest value.
func (h *Header) samples(body []byte) func() (int, error) {
	if h.kind == '2' || h.kind == '3' {
		r := reader{body, 0}
		return func() (int, error) {
			v, err := r.number("sample")
			return min(v, h.Most), err
		}
	}
	size := 1
	if h.Most > 255 {
		size = 2
	}
	at := 0
	return func() (int, error) {
		if at+size > len(body) {
			return 0, errEnd
		}
		v := int(body[at])
		if size == 2 {
			v = v<<8 | int(body[at+1])
		}
		at += size
		return min(v, h.Most), nil
	}
}

// bitmap reads ones, which are black, and zeros.
func (h *Header) bitmap(body []byte) (*augment.Image, error) {
	stride := (h.Width + 7) / 8
	r := reader{body, 0}
	if h.kind == '4' && len(body)/stride < h.Height {
		return nil, errEnd
	}
	img := augment.NewImage(h.Width, h.Height)
	for y := range h.Height {
		for x := range h.Width {
			var black bool
			if h.kind == '4' {
				black = body[y*stride+x/8]>>(7-x%8)&1 != 0
			} else {
				digit, err := r.digit()
				if err != nil {
					return nil, err
				}
				black = digit == '1'
			}
			if !black {
				img.Set(x, y, 255, 255, 255)
			}
		}
	}
	return img, nil
}

// floats reads rows from bottom to top.
func (h *Header) floats(body []byte) (*stored.Image, error) {
	n := h.Width * h.Channels
	if len(body)/(4*n) < h.Height {
		return nil, errEnd
	}
	var order binary.ByteOrder = binary.BigEndian
	if h.scale < 0 {
		order = binary.LittleEndian
	}
	img := stored.NewFloats(h.Width, h.Height, h.Channels, [2]float64{0, 1})
	for y := range h.Height {
		row := img.Floats[(h.Height-1-y)*n:][:n]
		for x := range row {
			row[x] = math.Float32frombits(order.Uint32(body[4*(y*n+x):]))
		}
	}
	return img, nil
}
