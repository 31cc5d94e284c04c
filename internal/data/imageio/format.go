package imageio

import (
	"bytes"
	"errors"

	"github.com/dino-go/dino/internal/data/imageio/pnm"
	"github.com/dino-go/dino/internal/data/stored"
)

// Extensions lists the file name extensions of the supported formats, in lower case.
var Extensions = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff",
	".ppm", ".pgm", ".pbm", ".pnm", ".pfm",
}

// format is one file format.
type format struct {
	name   string
	magic  []string // how a file begins; '?' stands for any byte
	decode func([]byte, Reading) (stored.Picture, error)
	header func([]byte) (Header, error)
	meta   func([]byte) int // the orientation that metadata state, 0 if they do not; nil without any
}

var formats = []format{
	{
		name: "jpeg", magic: []string{"\xff\xd8\xff"}, decode: decodeJPEG, header: headerJPEG,
		meta: orientationJPEG,
	},
	{
		name: "png", magic: []string{"\x89PNG\r\n\x1a\n"}, decode: decodePNG, header: headerPNG,
		meta: orientationPNG,
	},
	{
		name: "webp", magic: []string{"RIFF????WEBPVP8"}, decode: decodeWebP, header: headerWebP,
		meta: orientationWebP,
	},
	{name: "gif", magic: []string{"GIF87a", "GIF89a"}, decode: decodeGIF, header: headerGIF},
	{
		name: "bmp", magic: []string{"BM????\x00\x00\x00\x00", "\x28\x00\x00\x00????????\x01\x00"}, decode: decodeBMP,
		header: headerBMP,
	},
	{
		name: "tiff", magic: []string{"II\x2a\x00", "MM\x00\x2a", "II\x2b\x00", "MM\x00\x2b"}, decode: decodeTIFF,
		header: headerTIFF,
		meta:   orientationTIFF,
	},
	{
		name: "pnm", magic: []string{"P1", "P2", "P3", "P4", "P5", "P6", "Pf", "PF"},
		decode: func(data []byte, _ Reading) (stored.Picture, error) { return pnm.Decode(data) }, header: headerPNM,
	},
}

// sniff returns the format that data begins like, or nil.
func sniff(data []byte) *format {
	for i := range formats {
		for _, magic := range formats[i].magic {
			if begins(data, magic) && (formats[i].name != "pnm" || anyMap(data)) {
				return &formats[i]
			}
		}
	}
	return nil
}

// anyMap tells a portable any-map from other files that begin with its two letters: white space or
// a comment follows.
func anyMap(data []byte) bool {
	return len(data) > 2 && bytes.IndexByte([]byte(" \t\r\n#"), data[2]) >= 0
}

// begins reports whether data begins like magic.
func begins(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range magic {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// size is what the header says, in pixels.
func (f *format) size(data []byte) (width, height int, err error) {
	defer func() {
		if p := recover(); p != nil { // an offset beyond the end
			err = errHeaderEnds
		}
	}()
	h, err := f.header(data)
	return h.Width, h.Height, err
}

var errHeaderEnds = errors.New("the file is truncated: it ends within its header")

// IsFormat reports whether a file that begins like this is of a supported format.
func IsFormat(begin []byte) bool { return sniff(begin) != nil }
