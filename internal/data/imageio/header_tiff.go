package imageio

import (
	"github.com/dino-go/dino/internal/data/imageio/exif"
	"github.com/dino-go/dino/internal/data/imageio/tiff"
)

// headerTIFF reads the first directory, and counts those behind it.
func headerTIFF(data []byte) (Header, error) {
	i, err := tiff.ReadInfo(data, 0)
	h := Header{
		Width: i.Width, Height: i.Height, Bits: i.Bits, Channels: i.Samples, Alpha: i.Alpha, Float: i.Float,
		Signed: i.Signed, Frames: i.Pages, Colour: Other,
	}
	switch {
	case i.Grey:
		h.Colour = Grey
	case i.Palette:
		h.Colour = Palette
	case i.CMYK:
		h.Colour = CMYK
	case i.RGB:
		h.Colour = RGB
	}
	return h, err
}

// orientationTIFF is that of the first directory.
func orientationTIFF(data []byte) int {
	i, err := tiff.ReadInfo(data, 0)
	if err != nil {
		return 0
	}
	return either(i.Orientation, exif.OfXMP(tiff.XMP(data)))
}
