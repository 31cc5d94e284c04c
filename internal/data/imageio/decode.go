package imageio

import (
	"errors"
	"fmt"
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
	file, _ := splitPage(path)
	data, err := regularfile.ReadPatiently(file, limits.maxBytes())
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

// DecodeFile is [Reading.DecodeFile] of the zero Reading within limits.
func DecodeFile(path string, limits Limits) (*augment.Image, error) {
	return Reading{Limits: limits}.DecodeFile(path)
}

// Decode is [Reading.Decode] of the zero Reading within limits.
func Decode(data []byte, limits Limits) (*augment.Image, error) {
	return Reading{Limits: limits}.Decode(data)
}

// at names the file in an error about its bytes.
func at(path string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Path = path
	}
	return err
}

// checkSize refuses a header with no pixels or with too many.
func checkSize(w, h, maxPixels int) error {
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
