package imageio

import (
	"github.com/dino-go/dino/internal/data/imageio/bmp"
	"github.com/dino-go/dino/internal/data/stored"
)

func headerBMP(data []byte) (Header, error) {
	b, err := bmp.ReadHeader(data)
	h := Header{Width: b.Width, Height: b.Height, Colour: RGB, Channels: 3, Bits: 8, Alpha: b.Alpha}
	switch {
	case b.Bits <= 8:
		h.Colour, h.Channels, h.Bits = Palette, 1, b.Bits
	case b.Bits == 16:
		h.Bits = 5
	}
	if b.Alpha {
		h.Channels = 4
	}
	return h, err
}

func decodeBMP(data []byte, r Reading) (stored.Picture, error) {
	img, alpha, err := bmp.Decode(data, r.Background.Set)
	return stored.Picture{RGB: img, Alpha: alpha}, err
}
