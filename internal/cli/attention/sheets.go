package attention

import (
	"fmt"
	"path/filepath"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/output/attnmap"
)

const (
	imagesPerSheet = 12
	sheetCell      = 224 // pixels of a picture's longer side
	sheetGap       = 4
)

// sheets are contact sheets: for every image a row of captions, one of image, patch colours and
// heat maps, and one of masks.
type sheets struct {
	dir     string
	mass    float64            // share of the attention that masks hold
	rows    [][]*augment.Image // of the sheet that is begun
	images  int                // on it
	written int
	scratch augment.Scratch
}

// captionLetters is how long a caption may be: about as wide as a picture.
const captionLetters = 32

func (s *sheets) add(name string, d attnmap.Drawing, patches *augment.Image) error {
	caption := func(format string, args ...any) *augment.Image {
		return attnmap.Caption(fmt.Sprintf(format, args...), captionLetters)
	}
	captions := []*augment.Image{caption("%s", name), nil}
	if patches != nil {
		captions[1] = caption("patches as colours")
	}
	heats := []*augment.Image{s.cell(d.Image), s.cell(patches)}
	masks := []*augment.Image{nil, nil}
	if d.Mean.Overlay != nil {
		masks[0] = caption("red: %.0f %% of the attention", 100*s.mass)
	}
	for h, head := range append([]attnmap.HeadDrawing{d.Mean}, d.Heads...) {
		if h == 0 {
			captions = append(captions, caption("attention, mean"))
		} else {
			captions = append(captions, caption("head %d", h-1))
		}
		heats, masks = append(heats, s.cell(head.Heat)), append(masks, s.cell(head.Overlay))
	}
	s.rows = append(s.rows, captions, heats, masks)
	if s.images++; s.images == imagesPerSheet {
		return s.flush()
	}
	return nil
}

// cell reduces a picture to the size that it has on a sheet.
func (s *sheets) cell(img *augment.Image) *augment.Image {
	if img == nil {
		return nil
	}
	longer := max(img.Width, img.Height)
	if longer <= sheetCell {
		return img
	}
	side := func(n int) int { return max(1, n*sheetCell/longer) }
	small := s.scratch.Apply(img,
		augment.Resize{Width: side(img.Width), Height: side(img.Height), Interpolation: augment.Bicubic})
	out := augment.NewImage(small.Width, small.Height) // the scratch memory is used again
	copy(out.Pix, small.Pix)
	return out
}

// flush writes the sheet that is begun, if any.
func (s *sheets) flush() error {
	if s.images == 0 {
		return nil
	}
	sheet, err := attnmap.Sheet(s.rows, sheetGap)
	if err != nil {
		return err
	}
	s.written++
	name := "sheet.png"
	if s.written > 1 {
		name = fmt.Sprintf("sheet-%d.png", s.written)
	}
	s.rows, s.images = nil, 0
	return savePNG(filepath.Join(s.dir, name), sheet)
}
