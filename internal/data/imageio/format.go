package imageio

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Extensions lists the file name extensions of the supported formats, in lower case.
var Extensions = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}

// format is one file format.
type format struct {
	name   string
	magic  []string // how a file begins; '?' stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func([]byte) (image.Image, error)
	header func([]byte) (Header, error)
	// exif tells whether a file has metadata at all; without it none are looked for.
	exif func([]byte) bool
	meta imagemeta.ImageFormat
}

var formats = []format{
	{
		name: "jpeg", magic: []string{"\xff\xd8\xff"},
		config: jpeg.DecodeConfig, decode: decodeJPEG, header: headerJPEG,
		exif: holds("Exif\x00\x00"), meta: imagemeta.JPEG,
	}, {
		name: "png", magic: []string{"\x89PNG\r\n\x1a\n"},
		config: png.DecodeConfig, decode: from(png.Decode), header: headerPNG,
		exif: holds("eXIf"), meta: imagemeta.PNG,
	}, {
		name: "webp", magic: []string{"RIFF????WEBPVP8"},
		config: webp.DecodeConfig, decode: decodeWebP, header: headerWebP,
		exif: holds("EXIF"), meta: imagemeta.WebP,
	}, {
		name: "gif", magic: []string{"GIF87a", "GIF89a"},
		config: gif.DecodeConfig, decode: decodeGIF, header: headerGIF,
	}, {
		name: "bmp", magic: []string{"BM????\x00\x00\x00\x00"},
		config: bmp.DecodeConfig, decode: from(bmp.Decode), header: headerBMP,
	}, {
		name: "tiff", magic: []string{"II\x2a\x00", "MM\x00\x2a"},
		config: tiff.DecodeConfig, decode: from(tiff.Decode), header: headerTIFF,
		exif: holds(""), meta: imagemeta.TIFF,
	},
}

// sniff returns the format that data begins like, or nil.
func sniff(data []byte) *format {
	for i := range formats {
		for _, magic := range formats[i].magic {
			if begins(data, magic) {
				return &formats[i]
			}
		}
	}
	return nil
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

// from makes a decoder of bytes from one of a reader.
func from(decode func(io.Reader) (image.Image, error)) func([]byte) (image.Image, error) {
	return func(data []byte) (image.Image, error) { return decode(bytes.NewReader(data)) }
}

// holds returns a test for a mark anywhere in the data.
func holds(mark string) func([]byte) bool {
	return func(data []byte) bool { return bytes.Contains(data, []byte(mark)) }
}

// IsFormat reports whether a file that begins like this is of a supported format.
func IsFormat(begin []byte) bool { return sniff(begin) != nil }
