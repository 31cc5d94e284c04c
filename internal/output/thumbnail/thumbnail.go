// Package thumbnail makes small pictures of images, and lays pictures onto a larger one.
//
// Tests: known answer, property (shape and bounds).
package thumbnail

import "github.com/dino-go/dino/augment"

// Within is an image, made smaller if it does not fit into a square of a side in pixels; its shape
// stays.
func Within(img *augment.Image, side int, scratch *augment.Scratch) *augment.Image {
	longer := max(img.Width, img.Height)
	if longer <= side {
		return img
	}
	length := func(n int) int { return max(1, n*side/longer) }
	return scratch.Apply(img, augment.Resize{
		Width: length(img.Width), Height: length(img.Height), Interpolation: augment.Bicubic,
	})
}

// Paste copies a picture into a larger one, which has room for it to the right of and below a
// place.
func Paste(whole, part *augment.Image, left, top int) {
	for y := range part.Height {
		at := 3 * ((top+y)*whole.Width + left)
		copy(whole.Pix[at:], part.Pix[3*y*part.Width:3*(y+1)*part.Width])
	}
}
