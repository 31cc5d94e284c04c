package imageio

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/dino-go/dino/internal/data/imageio/pnm"
)

// Colours that a [Header] tells apart.
const (
	Grey    = "grey"
	RGB     = "rgb" // also stored as luma and colour differences
	Palette = "palette"
	CMYK    = "cmyk"
	Other   = "other"
)

// Header is what an image file says of itself before its pixels, as it is stored: nothing is turned
// upright and nothing converted.
type Header struct {
	Format        string // jpeg, png, webp, gif, bmp, tiff or pnm
	Width, Height int    // pixels
	Colour        string // one of the constants
	Channels      int    // samples of a pixel, alpha and others that are extra included
	Bits          int    // of a sample; of an index into a palette
	Alpha         bool   // some pixels may be transparent
	Float, Signed bool   // samples are floating point numbers, or whole ones with a sign
	Frames        int    // images in the file, of which only the first is read
}

// ReadHeader reads the header of an image file's bytes; it decodes no pixel and looks at few bytes.
// An error is an [*Error].
func ReadHeader(data []byte) (h Header, err error) {
	f := sniff(data)
	if f == nil {
		return Header{}, &Error{Err: unknown(data)}
	}
	defer func() {
		if p := recover(); p != nil { // an offset beyond the end
			h, err = Header{}, &Error{Format: f.name, Err: errHeaderEnds}
		}
	}()
	if h, err = f.header(data); err != nil {
		return Header{}, &Error{Format: f.name, Err: reason(err)}
	}
	h.Format, h.Frames = f.name, max(h.Frames, 1)
	return h, nil
}

// The readers below index data without a look at its length: [ReadHeader] recovers.

func headerPNG(data []byte) (Header, error) {
	h := Header{
		Width: int(binary.BigEndian.Uint32(data[16:])), Height: int(binary.BigEndian.Uint32(data[20:])),
		Bits: int(data[24]),
	}
	switch data[25] {
	case 0:
		h.Colour, h.Channels = Grey, 1
	case 2:
		h.Colour, h.Channels = RGB, 3
	case 3:
		h.Colour, h.Channels = Palette, 1
	case 4:
		h.Colour, h.Channels, h.Alpha = Grey, 2, true
	case 6:
		h.Colour, h.Channels, h.Alpha = RGB, 4, true
	default:
		return h, errors.New("the colour type is unknown")
	}
	for at := 8; at+8 <= len(data); {
		length, kind := int(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		switch kind {
		case "tRNS":
			h.Alpha = true
		case "acTL":
			h.Frames = int(binary.BigEndian.Uint32(data[at+8:]))
		case "IDAT", "IEND":
			return h, nil
		}
		at += 12 + length
	}
	return h, nil
}

func headerGIF(data []byte) (Header, error) {
	h := Header{
		Width: int(binary.LittleEndian.Uint16(data[6:])), Height: int(binary.LittleEndian.Uint16(data[8:])),
		Colour: Palette, Channels: 1, Bits: 8,
	}
	at := 13
	if flags := data[10]; flags&0x80 != 0 {
		h.Bits = int(flags&7) + 1
		at += 3 << h.Bits
	}
	for at < len(data) {
		switch data[at] {
		case 0x21: // an extension
			if h.Frames == 0 && data[at+1] == 0xf9 && at+3 < len(data) && data[at+3]&1 != 0 {
				h.Alpha = true
			}
			at = afterBlocks(data, at+2)
		case 0x2c: // a frame
			h.Frames++
			palette := 0
			if at+9 < len(data) && data[at+9]&0x80 != 0 { // one of its own
				bits := int(data[at+9]&7) + 1
				palette = 3 << bits
				if h.Frames == 1 {
					h.Bits = bits
				}
			}
			at = afterBlocks(data, at+11+palette)
		default:
			return h, nil
		}
	}
	return h, nil
}

// afterBlocks is where the blocks of a GIF that begin at a place end, each after its length.
func afterBlocks(data []byte, at int) int {
	for at < len(data) && data[at] != 0 {
		at += 1 + int(data[at])
	}
	return at + 1
}

func headerPNM(data []byte) (Header, error) {
	p, err := pnm.ReadHeader(data)
	h := Header{Width: p.Width, Height: p.Height, Colour: Grey, Channels: p.Channels, Float: p.Float, Bits: 32}
	if p.Channels == 3 {
		h.Colour = RGB
	}
	if !p.Float {
		h.Bits = bits.Len(uint(p.Most))
	}
	return h, err
}
