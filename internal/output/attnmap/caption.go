package attnmap

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/dino-go/dino/augment"
)

// captionFace is the font of captions: 7×13 pixels a letter, those of ASCII; others show as a box.
var captionFace = basicfont.Face7x13

// Caption is a line of text as a picture, black on white. A text of more letters than most is cut,
// its end kept: of paths that tells more. An empty text is a nil picture.
func Caption(text string, most int) *augment.Image {
	runes := []rune(strings.ToValidUTF8(text, "?"))
	if len(runes) == 0 {
		return nil
	}
	if len(runes) > most {
		runes = append([]rune("..."), runes[len(runes)-max(0, most-3):]...)
	}
	const margin = 2
	width, height := len(runes)*captionFace.Advance+2*margin, captionFace.Height+2*margin
	drawn := image.NewGray(image.Rect(0, 0, width, height))
	for i := range drawn.Pix {
		drawn.Pix[i] = 255
	}
	d := font.Drawer{
		Dst: drawn, Src: image.NewUniform(color.Black), Face: captionFace,
		Dot: fixed.P(margin, margin+captionFace.Ascent),
	}
	d.DrawString(string(runes))
	out := augment.NewImage(width, height)
	for i, v := range drawn.Pix {
		out.Set(i%width, i/width, v, v, v)
	}
	return out
}
