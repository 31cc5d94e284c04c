// Package bmp reads the bitmaps of Windows and OS/2: 1, 2, 4 and 8 bits with a palette, 16, 24 and
// 32 bits with fields of any bits, run lengths of 4 and 8 bits, rows from either end.
//
// golang.org/x/image/bmp knows neither run lengths, 16 bits, OS/2 nor fields of bits.
//
// Tests: oracle (Pillow, where it is there), known answer, bad input, fuzz.
package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/dino-go/dino/augment"
)

// Compressions.
const (
	none       = 0
	rle8       = 1
	rle4       = 2
	bitFields  = 3
	jpegInside = 4
	pngInside  = 5
	alphaField = 6
)

// Header is what a file says before its pixels.
type Header struct {
	Width, Height int
	Bits          int // of a pixel
	Alpha         bool

	compression int
	topDown     bool
	fields      [4]uint32 // red, green, blue and alpha
	palette     [][3]uint8
	at          int // where the pixels begin
}

var (
	errEnd   = errors.New("the file is truncated: it ends before its last pixel")
	errBegin = errors.New("the file is truncated: it ends within its header")
)

// ReadHeader reads what stands before the pixels.
func ReadHeader(data []byte) (Header, error) {
	data = whole(data)
	if len(data) < 26 {
		return Header{}, errBegin
	}
	order := binary.LittleEndian
	h := Header{at: int(order.Uint32(data[10:]))}
	size := int(order.Uint32(data[14:]))
	info := data[14:]
	if size < 12 || size > len(info) {
		return h, errBegin
	}
	entry := 4
	switch {
	case size == 12: // OS/2
		h.Width, h.Height = int(order.Uint16(info[4:])), int(order.Uint16(info[6:]))
		h.Bits, entry = int(order.Uint16(info[10:])), 3
	case size >= 16:
		h.Width, h.Height = int(int32(order.Uint32(info[4:]))), int(int32(order.Uint32(info[8:])))
		h.Bits = int(order.Uint16(info[14:]))
		if h.Height < 0 {
			h.Height, h.topDown = -h.Height, true
		}
	default:
		return h, fmt.Errorf("the file is corrupt: its header has %d bytes", size)
	}
	colours := 0
	if size >= 20 {
		h.compression = int(order.Uint32(info[16:]))
	}
	if size >= 36 {
		colours = int(order.Uint32(info[32:]))
	}
	if h.Width < 1 || h.Height < 1 {
		return h, fmt.Errorf("the image has no pixels: its header says %d×%d", h.Width, h.Height)
	}
	rest := 14 + size
	rest, err := h.masks(data, size, rest)
	if err != nil {
		return h, err
	}
	if h.Bits <= 8 {
		if colours < 1 || colours > 1<<h.Bits {
			colours = 1 << h.Bits
		}
		h.palette = make([][3]uint8, 1<<h.Bits)
		for i := range colours {
			at := rest + i*entry
			if at+3 > len(data) || at+3 > h.at && h.at > rest {
				break // colours that are not there are black
			}
			h.palette[i] = [3]uint8{data[at+2], data[at+1], data[at]}
		}
	}
	if h.at == 0 || h.at == rest && h.Bits <= 8 { // some writers forget the palette, or have no place for it
		h.at = rest + colours*entry
	}
	return h, h.check()
}

// fileHeader is what stands before the header of the image in a file.
const fileHeader = 14

// whole puts the header of a file before one that begins with that of its image, as on a clipboard.
func whole(data []byte) []byte {
	if len(data) < 2 || string(data[:2]) == "BM" {
		return data
	}
	return append(append([]byte("BM"), make([]byte, fileHeader-2)...), data...)
}

// masks finds the bits of red, green, blue and alpha, and where the palette begins.
func (h *Header) masks(data []byte, size, rest int) (int, error) {
	switch h.Bits {
	case 16:
		h.fields = [4]uint32{0x7c00, 0x3e0, 0x1f}
	case 24, 32:
		h.fields = [4]uint32{0xff0000, 0xff00, 0xff}
	}
	if h.compression != bitFields && h.compression != alphaField {
		return rest, nil
	}
	if h.Bits != 16 && h.Bits != 32 && h.Bits != 24 {
		return rest, fmt.Errorf("the file is corrupt: fields of bits in pixels of %d bits", h.Bits)
	}
	n := 3
	if h.compression == alphaField || size >= 56 {
		n = 4
	}
	if 54+4*n > len(data) {
		return rest, errBegin
	}
	for i := range n {
		h.fields[i] = binary.LittleEndian.Uint32(data[54+4*i:])
	}
	h.Alpha = h.fields[3] != 0
	if size == 40 { // they stand behind the header
		rest += 4 * n
	}
	return rest, nil
}

func (h *Header) check() error {
	switch h.compression {
	case none, bitFields, alphaField:
		switch h.Bits {
		case 1, 2, 4, 8, 16, 24, 32:
			return nil
		}
	case rle8, rle4:
		if h.Bits == 8 && h.compression == rle8 || h.Bits == 4 && h.compression == rle4 {
			return nil
		}
	case jpegInside, pngInside:
		return errors.New("the pixels are a JPEG or PNG of their own: cut it out, or convert the file, for example " +
			"with magick")
	}
	return fmt.Errorf("pixels of %d bits with compression %d are not read: convert the file, for example with magick",
		h.Bits, h.compression)
}

// Decode decodes a file, and where it has alpha and that is asked for, returns it too. The caller
// has checked that its size is bearable.
func Decode(data []byte, alpha bool) (*augment.Image, []uint8, error) {
	data = whole(data)
	h, err := ReadHeader(data)
	if err != nil {
		return nil, nil, err
	}
	if h.at < 14 || h.at > len(data) {
		return nil, nil, errEnd
	}
	img := augment.NewImage(h.Width, h.Height)
	body := data[h.at:]
	if h.compression == rle8 || h.compression == rle4 {
		return img, nil, h.runs(img, body)
	}
	stride := (h.Width*h.Bits + 31) / 32 * 4
	if last := (h.Width*h.Bits + 7) / 8; len(body) < stride*(h.Height-1)+last {
		return nil, nil, errEnd
	}
	var alphas []uint8
	if alpha && h.Alpha {
		alphas = make([]uint8, h.Width*h.Height)
	}
	for y := range h.Height {
		to := h.line(y)
		var a []uint8
		if alphas != nil {
			a = alphas[to*h.Width:]
		}
		h.row(img.Pix[3*h.Width*to:], a, body[y*stride:])
	}
	return img, alphas, nil
}

// line is the row of the image that row y of the file is.
func (h *Header) line(y int) int {
	if h.topDown {
		return y
	}
	return h.Height - 1 - y
}

// row converts a row.
func (h *Header) row(out, alpha, raw []uint8) {
	if h.Bits <= 8 {
		for x := range h.Width {
			at := x * h.Bits
			index := raw[at/8] >> (8 - h.Bits - at%8) & (1<<h.Bits - 1)
			copy(out[3*x:3*x+3], h.palette[index][:])
		}
		return
	}
	if h.Bits >= 24 && h.fields == [4]uint32{0xff0000, 0xff00, 0xff} {
		n := h.Bits / 8
		for x := range h.Width {
			out[3*x], out[3*x+1], out[3*x+2] = raw[n*x+2], raw[n*x+1], raw[n*x]
		}
		return
	}
	for x := range h.Width {
		var v uint32
		for b := range h.Bits / 8 {
			v |= uint32(raw[x*h.Bits/8+b]) << (8 * b)
		}
		for c := range 3 {
			out[3*x+c] = field(v, h.fields[c])
		}
		if alpha != nil {
			alpha[x] = field(v, h.fields[3])
		}
	}
}

// field is a part of a pixel, as 8 bits.
func field(v, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := mask >> shift
	return uint8(uint64(v&mask>>shift) * 255 / uint64(most))
}

// runs reads run lengths. Pixels that are passed over have the first colour.
func (h *Header) runs(img *augment.Image, raw []uint8) error {
	for i := range h.Width * h.Height {
		copy(img.Pix[3*i:3*i+3], h.palette[0][:])
	}
	x, y := 0, 0
	put := func(index uint8) {
		if x < h.Width && y < h.Height {
			copy(img.Pix[3*(h.line(y)*h.Width+x):][:3], h.palette[index][:])
		}
		x++
	}
	for y < h.Height {
		if len(raw) < 2 {
			return errEnd
		}
		count, v := int(raw[0]), raw[1]
		raw = raw[2:]
		if count > 0 {
			for i := range count {
				put(h.pick(v, i))
			}
			continue
		}
		switch v {
		case 0:
			x, y = 0, y+1
		case 1:
			return nil
		case 2:
			if len(raw) < 2 {
				return errEnd
			}
			x, y, raw = x+int(raw[0]), y+int(raw[1]), raw[2:]
		default:
			n := int(v)
			if h.compression == rle4 {
				n = (n + 1) / 2
			}
			if len(raw) < n {
				return errEnd
			}
			for i := range int(v) {
				if h.compression == rle4 {
					put(h.pick(raw[i/2], i))
				} else {
					put(raw[i])
				}
			}
			raw = raw[min(n+n%2, len(raw)):]
		}
	}
	return nil
}

// pick is the index for pixel i of a run: in 4 bits, the two halves in turn.
func (h *Header) pick(v uint8, i int) uint8 {
	switch {
	case h.compression == rle8:
		return v
	case i%2 == 0:
		return v >> 4
	}
	return v & 15
}
