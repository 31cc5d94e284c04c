// Package labelpng reads and writes maps of objects as the data sets of segmentation publish them:
// PNG files whose palette index, or grey value, is the number of the object.
//
// Tests: property (what is written is read back), known answer, bad input.
package labelpng

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// maxPixels bounds what a file may ask for: a frame of 16 by 16 thousand pixels.
const maxPixels = 1 << 28

// Read reads the map at path: an indexed image (PASCAL VOC, DAVIS) or a grey one of 8 bits, which
// may be stored as RGB. A grey map of nothing but black and white shows one object, the white.
func Read(path string) (eval.LabelMap, error) {
	data, err := regularfile.ReadFile(path)
	if err != nil {
		return eval.LabelMap{}, fmt.Errorf("labelpng: %w", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return eval.LabelMap{}, fmt.Errorf("labelpng: %s: %w: must be a PNG file", path, err)
	}
	if int64(config.Width)*int64(config.Height) > maxPixels {
		return eval.LabelMap{}, fmt.Errorf("labelpng: %s: %d×%d pixels: must be at most %d", path, config.Width,
			config.Height, maxPixels)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return eval.LabelMap{}, fmt.Errorf("labelpng: %s: %w", path, err)
	}
	m, err := fromImage(img)
	if err != nil {
		return eval.LabelMap{}, fmt.Errorf("labelpng: %s: %w", path, err)
	}
	return m, nil
}

func fromImage(img image.Image) (eval.LabelMap, error) {
	b := img.Bounds()
	m := eval.NewLabelMap(b.Dx(), b.Dy())
	if indexed, ok := img.(*image.Paletted); ok {
		for i := range m.Labels {
			m.Labels[i] = indexed.ColorIndexAt(b.Min.X+i%m.Width, b.Min.Y+i/m.Width)
		}
		return m, nil
	}
	binary := true
	for i := range m.Labels {
		x, y := b.Min.X+i%m.Width, b.Min.Y+i/m.Width
		c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
		if c.R != c.G || c.R != c.B {
			return eval.LabelMap{}, fmt.Errorf("pixel (%d, %d) has the colour %d, %d, %d: a map must be indexed or "+
				"grey, with the number of the object", x, y, c.R, c.G, c.B)
		}
		m.Labels[i] = c.R
		binary = binary && (c.R == 0 || c.R == 255)
	}
	for i, label := range m.Labels {
		if binary && label == 255 {
			m.Labels[i] = 1
		}
	}
	return m, nil
}

// Write writes the map as an indexed PNG with the colours of PASCAL VOC and DAVIS, whole or not at
// all.
func Write(path string, m eval.LabelMap) error {
	if m.Width < 1 || m.Height < 1 || len(m.Labels) != m.Width*m.Height {
		return fmt.Errorf("labelpng: %s: the map is %d×%d with %d labels", path, m.Width, m.Height, len(m.Labels))
	}
	img := image.NewPaletted(image.Rect(0, 0, m.Width, m.Height), palette())
	copy(img.Pix, m.Labels)
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		return fmt.Errorf("labelpng: %s: %w", path, err)
	}
	return atomicfile.WriteFile(path, data.Bytes())
}

// palette returns the 256 colours of PASCAL VOC: the bits of a label, three at a time from the
// lowest, are the bits of red, green and blue from the highest.
func palette() color.Palette {
	p := make(color.Palette, 256)
	for label := range p {
		var c [3]uint8
		for bit := range 8 {
			c[bit%3] |= uint8(label>>bit&1) << (7 - bit/3)
		}
		p[label] = color.RGBA{R: c[0], G: c[1], B: c[2], A: 255}
	}
	return p
}
