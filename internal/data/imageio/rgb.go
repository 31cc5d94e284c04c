package imageio

import (
	"image"
	"image/color"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio/jpeg"
)

// FromImage converts an image that was decoded elsewhere, by the rules of the
// package. The result shares no memory with it.
func FromImage(src image.Image) *augment.Image { return toRGB(src) }

// toRGB converts a decoded image. The types that the decoders return have loops
// of their own, anything else goes pixel by pixel.
func toRGB(src image.Image) *augment.Image {
	b := src.Bounds()
	dst := augment.NewImage(b.Dx(), b.Dy())
	switch m := src.(type) {
	case *image.YCbCr:
		jpeg.FromYCbCr(dst, m)
	case *limitedRange:
		webpToRGB(dst, m.YCbCr)
	case *image.RGBA:
		if m.Opaque() {
			copyPixels(dst, m.Pix, m.Stride, 4, 1)
		} else {
			anyToRGB(dst, m)
		}
	case *image.NRGBA:
		copyPixels(dst, m.Pix, m.Stride, 4, 1)
	case *image.NRGBA64:
		copyPixels(dst, m.Pix, m.Stride, 8, 2)
	case *image.Gray:
		copyPixels(dst, m.Pix, m.Stride, 1, 0)
	case *image.Gray16:
		copyPixels(dst, m.Pix, m.Stride, 2, 0)
	case *image.Paletted:
		paletteToRGB(dst, m)
	case *image.CMYK:
		cmykToRGB(dst, m)
	default:
		anyToRGB(dst, m)
	}
	return dst
}

// copyPixels takes three bytes, `step` apart, of every pixel of `size` bytes. A
// step of 0 repeats one byte.
func copyPixels(dst *augment.Image, pix []uint8, stride, size, step int) {
	out := dst.Pix
	for y := range dst.Height {
		row := pix[y*stride:][:size*dst.Width]
		for len(row) >= size && len(out) >= 3 {
			out[0], out[1], out[2] = row[0], row[step], row[2*step]
			row, out = row[size:], out[3:]
		}
	}
}

// paletteToRGB looks every pixel up. An index that the palette lacks is black.
func paletteToRGB(dst *augment.Image, m *image.Paletted) {
	var palette [256][3]uint8
	for i, c := range m.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		palette[i] = [3]uint8{n.R, n.G, n.B}
	}
	out := dst.Pix
	for y := range dst.Height {
		for _, index := range m.Pix[y*m.Stride:][:dst.Width] {
			copy(out, palette[index][:])
			out = out[3:]
		}
	}
}

// cmykToRGB mixes the inks: red is (255−K)·(255−C)/255, and so on, with Pillow's
// rounding.
func cmykToRGB(dst *augment.Image, m *image.CMYK) {
	out := dst.Pix
	for y := range dst.Height {
		row := m.Pix[y*m.Stride:][:4*dst.Width]
		for ; len(row) >= 4; row, out = row[4:], out[3:] {
			light := 255 - int(row[3])
			for c := range 3 {
				out[c] = uint8(max(light-scale255(int(row[c]), light), 0))
			}
		}
	}
}

// scale255 returns a·b/255, rounded.
func scale255(a, b int) int {
	t := a*b + 128
	return (t>>8 + t) >> 8
}

// anyToRGB converts through the straight-alpha colour of every pixel.
func anyToRGB(dst *augment.Image, src image.Image) {
	b := src.Bounds()
	for y := range dst.Height {
		for x := range dst.Width {
			n := color.NRGBA64Model.Convert(src.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA64)
			dst.Set(x, y, uint8(n.R>>8), uint8(n.G>>8), uint8(n.B>>8))
		}
	}
}
