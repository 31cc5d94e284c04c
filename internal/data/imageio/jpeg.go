package imageio

import (
	"github.com/dino-go/dino/internal/data/imageio/jpeg"
	"github.com/dino-go/dino/internal/data/stored"
)

func decodeJPEG(data []byte, r Reading) (stored.Picture, error) {
	img, err := jpeg.Decode(data, jpeg.Options{})
	return stored.Picture{RGB: img}, err
}
