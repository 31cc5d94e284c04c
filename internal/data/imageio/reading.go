package imageio

import (
	"errors"
	"fmt"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio/tiff"
	"github.com/dino-go/dino/internal/data/stored"
)

// Reading says how files become pixels. The zero Reading has the bounds of the zero [Limits] and
// takes the range of values from the type of the samples.
type Reading struct {
	Limits
	// Range is what becomes black and white in images of more than 8 bits, or of numbers with a
	// sign or a fraction. Images of 8 bits and fewer are not touched by it. The zero Range is by
	// type.
	Range stored.Range
	// Truncated says what becomes of files that end within their pixels: JPEG and PNG that are not
	// interlaced.
	Truncated Truncated
	// Background is what transparent pixels are laid over.
	Background Background
	// Pages says which pages of a TIFF file are read: [FirstPage], which "" stands for, or
	// [PageChannels]. That each is an image is for whoever lists the images: see [Pages].
	Pages string
	// MostBytes bounds the memory of a decoded picture: JPEG and PNG that would take more are
	// shrunk while they are decoded. 0 bounds nothing.
	MostBytes int64
	// Enough is how long the shorter side of an image of more than 16 million pixels has to be at
	// least, doubled: if it is longer, it is shrunk while it is decoded. 0 shrinks none.
	Enough int
	// Own takes the range of every such image from its own values instead: for pictures to look at.
	Own bool
	// Budget is shared by readings at the same time; nil bounds nothing.
	Budget *Budget

	page int // counted from 0
}

// DecodeFile reads the image file at path. Its errors are those of [ReadFile] and
// [Reading.Decode], with the path.
func (r Reading) DecodeFile(path string) (*augment.Image, error) {
	data, err := ReadFile(path, r.Limits)
	if err != nil {
		return nil, err
	}
	img, err := r.At(path).Decode(data)
	return img, at(path, err)
}

// Decode decodes an image file's bytes. An error is an [*Error].
func (r Reading) Decode(data []byte) (*augment.Image, error) {
	if r.Budget != nil {
		h, _ := ReadHeader(data) // what cannot be read costs nothing
		defer r.Budget.Give(r.Budget.Take(r.Cost(h)))
	}
	p, err := r.picture(data)
	switch {
	case err != nil:
		return nil, err
	case p.Deep == nil:
		if r.Background.Set {
			r.Background.lay(p.RGB.Pix, p.Alpha)
		}
		return p.RGB, nil
	}
	return p.Deep.RGB(r.rangeOf(p.Deep)), nil
}

// Deep decodes an image file's bytes to its samples as they are stored, upright; nil if they have 8
// bits or fewer. An error is an [*Error].
func (r Reading) Deep(data []byte) (*stored.Image, error) {
	p, err := r.picture(data)
	return p.Deep, err
}

// ownSamples bounds how many values decide about the range of a single image.
const ownSamples = 1 << 16

func (r Reading) rangeOf(img *stored.Image) stored.Range {
	if !r.Own {
		return r.Range
	}
	ends, ok := stored.Quantiles(img.Sample(0, ownSamples))
	for c := 1; c < img.Channels; c++ {
		if more, any := stored.Quantiles(img.Sample(c, ownSamples)); any {
			ends[0], ends[1], ok = min(ends[0], more[0]), max(ends[1], more[1]), true
		}
	}
	if !ok {
		return stored.Range{}
	}
	return stored.Uniform(ends[0], ends[1])
}

func (r Reading) picture(data []byte) (stored.Picture, error) {
	if len(data) == 0 {
		return stored.Picture{}, &Error{Err: errors.New("the file is empty")}
	}
	f := sniff(data)
	if f == nil {
		return stored.Picture{}, &Error{Err: unknown(data)}
	}
	p, err := f.picture(data, r)
	if err != nil {
		return stored.Picture{}, &Error{Format: f.name, Err: reason(err)}
	}
	return p, nil
}

// picture decodes data of this format. A panic of a decoder becomes an error.
func (f *format) picture(data []byte, r Reading) (p stored.Picture, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p, err = stored.Picture{}, fmt.Errorf("the file is corrupt: the decoder gave up: %v", cause)
		}
	}()
	width, height, err := f.size(data)
	if r.page > 0 && f.name == "tiff" && err == nil {
		var page tiff.Info
		page, err = tiff.ReadInfo(data, r.page)
		width, height = page.Width, page.Height
	}
	if err != nil {
		return p, err
	}
	if err := checkSize(width, height, r.maxPixels()); err != nil {
		return p, err
	}
	if p, err = f.decode(data, r); err != nil {
		return stored.Picture{}, err
	}
	n := 1
	if p.Deep == nil && (f.name == "jpeg" || f.name == "png") {
		n = r.shrink(width, height)
	}
	if w, h := sizeOf(p); (w != over(width, n) || h != over(height, n)) && (w != width || h != height) {
		return stored.Picture{}, fmt.Errorf("the file is corrupt: %d×%d pixels, but its header says %d×%d", w, h, width,
			height)
	}
	return upright(p, f.orientation(data)), nil
}

// over divides and rounds up.
func over(a, b int) int { return (a + b - 1) / b }

func sizeOf(p stored.Picture) (width, height int) {
	if p.Deep != nil {
		return p.Deep.Width, p.Deep.Height
	}
	return p.RGB.Width, p.RGB.Height
}

// unknown is why bytes are of no format that is read.
func unknown(data []byte) error {
	if name := Unread(data); name != "" {
		return fmt.Errorf("%w: it is %s; %s", ErrUnknownFormat, name, Convert(name))
	}
	return ErrUnknownFormat
}
