package survey

import (
	"crypto/sha256"
	"errors"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// Image is what was seen of one image.
type Image struct {
	Number     int            // in the index
	Header     imageio.Header // as stored; without a format where it could not be read
	Width      int            // pixels of the upright image; 0 where it cannot be decoded
	Height     int
	Bad        string // why the bytes are no usable image
	Unreadable string // why the file could not be read

	Tone    Tone
	content [sha256.Size]byte // hash of the file
	look    look
}

// Decoded tells whether a training can use the image.
func (m *Image) Decoded() bool { return m.Width > 0 }

// Shorter is the shorter side in pixels.
func (m *Image) Shorter() int { return min(m.Width, m.Height) }

// Aspect is the longer side over the shorter one, of a decoded image.
func (m *Image) Aspect() float64 {
	return float64(max(m.Width, m.Height)) / float64(m.Shorter())
}

// Eye looks at one image after the other. It must not be used by two goroutines at a time.
type Eye struct {
	reading imageio.Reading
	scratch augment.Scratch
}

// NewEye returns an eye.
func NewEye(reading imageio.Reading) *Eye { return &Eye{reading: reading} }

// See decodes and describes the image of a number by its file's bytes. What cannot be decoded is an
// [*imageio.Error], and described as bad.
func (e *Eye) See(number int, data []byte) (Image, error) {
	img, err := e.reading.Decode(data)
	if err != nil {
		m := newImage(number, data, data)
		m.fail(err)
		return m, err
	}
	return e.Describe(number, data, data, img), nil
}

func newImage(number int, data, content []byte) Image {
	m := Image{Number: number, content: sha256.Sum256(content)}
	m.Header, _ = imageio.ReadHeader(data) // Decode has the error
	return m
}

// Describe describes the image of a number by its file's bytes and what they were decoded to.
// Images of the same content are copies: the file's bytes, or what tells the pages of one file
// apart.
func (e *Eye) Describe(number int, data, content []byte, img *augment.Image) Image {
	m := newImage(number, data, content)
	m.Width, m.Height = img.Width, img.Height
	m.Tone = toneOf(img)
	small := e.scratch.Apply(img, augment.Resize{Width: side, Height: side, Interpolation: augment.Bilinear})
	m.Tone.Contrast = max(m.Tone.Contrast, contrastOfColours(small))
	m.look = lookOf(small)
	return m
}

// fail keeps why an image is of no use, without the path.
func (m *Image) fail(err error) {
	var e *imageio.Error
	if errors.As(err, &e) {
		e.Path = ""
		m.Bad = e.Error()[len("imageio: "):]
		return
	}
	m.Unreadable = err.Error()
}
