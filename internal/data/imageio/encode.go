package imageio

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/dino-go/dino/augment"
)

// EncodePNG returns the image as a PNG file.
func EncodePNG(img *augment.Image) ([]byte, error) {
	var data bytes.Buffer
	if err := png.Encode(&data, standard(img)); err != nil {
		return nil, fmt.Errorf("imageio: png: %w", err)
	}
	return data.Bytes(), nil
}

// EncodeJPEG returns the image as a JPEG file of a quality from 1 to 100.
func EncodeJPEG(img *augment.Image, quality int) ([]byte, error) {
	var data bytes.Buffer
	if err := jpeg.Encode(&data, standard(img), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("imageio: jpeg: %w", err)
	}
	return data.Bytes(), nil
}

// standard copies an image to one of the standard library, which its encoders write without alpha.
func standard(img *augment.Image) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, img.Width, img.Height))
	for i := range img.Width * img.Height {
		copy(out.Pix[4*i:4*i+3], img.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}
