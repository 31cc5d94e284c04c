package imageio

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"

	"github.com/dino-go/dino/internal/data/stored"
)

// decodeGIF decodes the first frame and puts it onto the file's canvas. The
// colours under transparent pixels stay; the canvas around a smaller frame has
// the transparent colour, or else the first of the palette.
func decodeGIF(data []byte, r Reading) (stored.Picture, error) {
	data, background, marked := opaqueGIF(data)
	config, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return stored.Picture{}, err
	}
	img, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return stored.Picture{}, err
	}
	whole, ok := img.(*image.Paletted)
	if !ok {
		return stored.Picture{RGB: toRGB(img)}, nil
	}
	if canvas := image.Rect(0, 0, config.Width, config.Height); whole.Rect != canvas {
		frame := whole
		whole = image.NewPaletted(canvas, frame.Palette)
		for i := range whole.Pix {
			whole.Pix[i] = background
		}
		draw.Draw(whole, frame.Rect, frame, frame.Rect.Min, draw.Src)
	}
	p := stored.Picture{RGB: toRGB(whole)}
	if marked && r.Background.Set {
		p.Alpha = make([]uint8, 0, len(p.RGB.Pix)/3)
		for _, index := range whole.Pix { // its rows are next to each other
			a := uint8(255)
			if index == background {
				a = 0
			}
			p.Alpha = append(p.Alpha, a)
		}
	}
	return p, nil
}

// opaqueGIF takes the mark off the first frame's transparent colour, which the
// decoder would replace by black, and returns the colour's index, 0 if none has
// the mark. data stays as it is.
func opaqueGIF(data []byte) (_ []byte, index uint8, marked bool) {
	const header, flags = 13, 10
	at := header
	if len(data) > flags && data[flags]&0x80 != 0 {
		at += 3 << (data[flags]&7 + 1) // the global palette
	}
	for at+2 < len(data) && data[at] == 0x21 {
		if control := data[at:]; control[1] == 0xf9 && len(control) > 6 && control[3]&1 != 0 {
			data = bytes.Clone(data)
			data[at+3] &^= 1
			index, marked = data[at+6], true
		}
		at += 2
		for at < len(data) && data[at] != 0 { // sub-blocks, each after its length
			at += 1 + int(data[at])
		}
		at++
	}
	return data, index, marked
}
