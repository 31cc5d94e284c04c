package snapshots

import (
	"math"
	"sync"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/thumbnail"
)

// side is that of a picture in pixels, and maxSide the most that is read.
const (
	side    = 48
	maxSide = 256
	quality = 80
)

// Pictures makes the sheet out of images while they are decoded for something else. Its methods may
// be called by several goroutines.
type Pictures struct {
	mu     sync.Mutex
	whole  *augment.Image
	sheet  Sheet
	filled int
}

// NewPictures makes room for so many images.
func NewPictures(images int) *Pictures {
	columns := max(1, int(math.Ceil(math.Sqrt(float64(images)))))
	rows := (images + columns - 1) / columns
	return &Pictures{
		whole: augment.NewImage(columns*side, rows*side),
		sheet: Sheet{Side: side, Columns: columns, Sizes: make([]int, 2*images)},
	}
}

// Take makes the picture of an image, once.
func (p *Pictures) Take(place int, img *augment.Image) {
	if p.has(place) {
		return
	}
	img = thumbnail.Within(img, side, new(augment.Scratch))
	p.mu.Lock()
	defer p.mu.Unlock()
	thumbnail.Paste(p.whole, img, place%p.sheet.Columns*side, place/p.sheet.Columns*side)
	p.sheet.Sizes[2*place], p.sheet.Sizes[2*place+1] = img.Width, img.Height
	p.filled++
}

func (p *Pictures) has(place int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sheet.Sizes[2*place] > 0
}

// Sheet returns the pictures as a JPEG file; false where there is none.
func (p *Pictures) Sheet() (s Sheet, jpeg []byte, ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.filled == 0 {
		return s, nil, false, nil
	}
	jpeg, err = imageio.EncodeJPEG(p.whole, quality)
	return p.sheet, jpeg, err == nil, err
}
