package imageio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"regexp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/regularfile"
)

// DefaultMaxPixels is Pillow's limit, above which it takes an image for a
// decompression bomb.
const DefaultMaxPixels = 178_956_970

// Limits bounds what a file may ask for.
type Limits struct {
	// MaxPixels is the largest width times height. 0 stands for [DefaultMaxPixels].
	MaxPixels int
}

func (l Limits) maxPixels() int {
	if l.MaxPixels > 0 {
		return l.MaxPixels
	}
	return DefaultMaxPixels
}

// maxBytes is the size of the largest file that is read at all: four channels of 16 bits, for no
// fewer pixels than the default, since a file may hold more images than the one that is taken.
func (l Limits) maxBytes() int64 { return 8 * int64(max(l.maxPixels(), DefaultMaxPixels)) }

// ReadFile reads the bytes of the image file at path, which must be a regular file. An error names
// it. It is an [*Error] if it is about the bytes in the file, and only then is the image to blame:
// see [Undecodable]. An error of the system that may pass was met again by every try in about two
// seconds.
func ReadFile(path string, limits Limits) ([]byte, error) {
	data, err := regularfile.ReadPatiently(path, limits.maxBytes())
	if errors.Is(err, regularfile.ErrSize) { // of its bytes this much is known
		return nil, &Error{
			Path: path,
			Err:  fmt.Errorf("has more bytes than an image of %d pixels can need", limits.maxPixels()),
		}
	}
	if err != nil {
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err // the path is named once
		}
		return nil, fmt.Errorf("imageio: %s: %w", path, err)
	}
	return data, nil
}

// DecodeFile reads the image file at path. Its errors are those of [ReadFile] and [Decode], with
// the path.
func DecodeFile(path string, limits Limits) (*augment.Image, error) {
	data, err := ReadFile(path, limits)
	if err != nil {
		return nil, err
	}
	img, err := Decode(data, limits)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Path = path
		}
		return nil, err
	}
	return img, nil
}

// Decode decodes an image file's bytes. An error is an [*Error].
func Decode(data []byte, limits Limits) (*augment.Image, error) {
	if len(data) == 0 {
		return nil, &Error{Err: errors.New("the file is empty")}
	}
	f := sniff(data)
	if f == nil {
		return nil, &Error{Err: ErrUnknownFormat}
	}
	img, err := f.rgb(data, limits)
	if err != nil {
		return nil, &Error{Format: f.name, Err: reason(err)}
	}
	return img, nil
}

// rgb decodes data of this format. A panic of a decoder becomes an error.
func (f *format) rgb(data []byte, limits Limits) (img *augment.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("the file is corrupt: the decoder gave up: %v", p)
		}
	}()
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if err := checkSize(config, limits.maxPixels()); err != nil {
		return nil, err
	}
	decoded, err := f.decode(data)
	if err != nil {
		return nil, err
	}
	if b := decoded.Bounds(); b.Dx() != config.Width || b.Dy() != config.Height {
		return nil, fmt.Errorf("the file is corrupt: %d×%d pixels, but its header says %d×%d", b.Dx(), b.Dy(),
			config.Width, config.Height)
	}
	return upright(toRGB(decoded), f.orientation(data)), nil
}

// checkSize refuses a header with no pixels or with too many.
func checkSize(config image.Config, maxPixels int) error {
	w, h := config.Width, config.Height
	if w < 1 || h < 1 {
		return fmt.Errorf("the image has no pixels: its header says %d×%d", w, h)
	}
	if w > maxPixels/h {
		return fmt.Errorf("%w: its header says %d×%d, more than %d pixels", ErrTooLarge, w, h, maxPixels)
	}
	return nil
}

// reason reports an unexpected end of the input as a truncated file, and removes bytes of the file
// that a decoder quotes.
func reason(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("the file is truncated: %w", err)
	}
	if text := quoted.ReplaceAllString(err.Error(), ""); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// quoted is how decoders quote bytes of a file, which no error may: the file can be a link to one
// that holds secrets.
var quoted = regexp.MustCompile(`:? (0x[0-9a-f]+|"[^"]*")`)
