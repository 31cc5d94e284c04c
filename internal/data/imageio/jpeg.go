package imageio

import (
	"math/bits"

	"github.com/dino-go/dino/internal/data/imageio/jpeg"
	"github.com/dino-go/dino/internal/data/imageio/png"
	"github.com/dino-go/dino/internal/data/stored"
)

func decodeJPEG(data []byte, r Reading) (stored.Picture, error) {
	width, height, err := jpeg.Size(data)
	if err != nil {
		return stored.Picture{}, err
	}
	n := r.shrink(width, height)
	img, err := jpeg.Decode(data, jpeg.Options{Shrink: bits.TrailingZeros(uint(n)), Floor: r.Truncated.Keep})
	return stored.Picture{RGB: img}, err
}

func decodePNG(data []byte, r Reading) (stored.Picture, error) {
	h, err := headerPNG(data)
	if err != nil {
		return stored.Picture{}, err
	}
	return png.Decode(data, png.Options{
		Shrink: r.shrink(h.Width, h.Height), Alpha: r.Background.Set, Floor: r.Truncated.Keep,
	})
}
