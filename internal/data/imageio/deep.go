package imageio

import (
	"encoding/binary"
	"image"

	"github.com/dino-go/dino/internal/data/stored"
)

// pictureOf is an image of the standard library: 16-bit samples as they are, others as RGB.
func pictureOf(img image.Image) stored.Picture {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.Gray16:
		out := stored.NewWords(b.Dx(), b.Dy(), 1, 16)
		words(out, m.Pix, m.Stride, 1)
		return stored.Picture{Deep: out}
	case *image.NRGBA64:
		out := stored.NewWords(b.Dx(), b.Dy(), 3, 16)
		words(out, m.Pix, m.Stride, 4)
		return stored.Picture{Deep: out}
	case *image.RGBA64:
		if m.Opaque() {
			out := stored.NewWords(b.Dx(), b.Dy(), 3, 16)
			words(out, m.Pix, m.Stride, 4)
			return stored.Picture{Deep: out}
		}
	}
	return stored.Picture{RGB: toRGB(img)}
}

// words copies big-endian samples of pixels of so many samples, without those behind colour.
func words(out *stored.Image, pix []uint8, stride, samples int) {
	for y := range out.Height {
		row := out.Words[y*out.Width*out.Channels:][:out.Width*out.Channels]
		for x := range out.Width {
			for c := range out.Channels {
				row[x*out.Channels+c] = binary.BigEndian.Uint16(pix[y*stride+2*(x*samples+c):])
			}
		}
	}
}
