package imageio

import (
	"bytes"

	"github.com/bep/imagemeta"

	"github.com/dino-go/dino/augment"
)

// orientation returns the EXIF orientation of a file, 1 to 8, and 1 where there
// is none or the metadata cannot be read.
func (f *format) orientation(data []byte) int {
	if f.exif == nil || !f.exif(data) {
		return 1
	}
	found := 1
	_, _ = imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(data),
		ImageFormat: f.meta,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Namespace == "IFD0" && tag.Tag == "Orientation"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && 1 <= v && v <= 8 {
				found = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return found
}

// upright turns and mirrors an image so that it is displayed as its EXIF
// orientation asks for:
//
//	1 as it is       2 mirrored left to right
//	3 turned by 180° 4 mirrored top to bottom
//	5 transposed     6 turned clockwise by 90°
//	7 transposed along the other diagonal
//	8 turned counterclockwise by 90°
func upright(img *augment.Image, orientation int) *augment.Image {
	if orientation == 1 {
		return img
	}
	w, h := img.Width, img.Height
	out := augment.NewImage(w, h)
	if orientation >= 5 {
		out = augment.NewImage(h, w)
	}
	for y := range out.Height {
		for x := range out.Width {
			sx, sy := source(orientation, x, y, w, h)
			r, g, b := img.At(sx, sy)
			out.Set(x, y, r, g, b)
		}
	}
	return out
}

// source returns the stored pixel, in an image of w × h, that is displayed at
// column x and row y.
func source(orientation, x, y, w, h int) (sx, sy int) {
	if orientation >= 5 {
		x, y = y, x
	}
	switch orientation {
	case 2, 8:
		return w - 1 - x, y
	case 3, 7:
		return w - 1 - x, h - 1 - y
	case 4, 6:
		return x, h - 1 - y
	default: // 1, 5
		return x, y
	}
}
