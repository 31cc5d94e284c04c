package imageio

import (
	"errors"
	"strings"
)

var (
	// ErrUnknownFormat is the reason when a file is none of the supported formats.
	ErrUnknownFormat = errors.New("not a JPEG, PNG, WebP, GIF, BMP, TIFF or PNM image")
	// ErrTooLarge is the reason when a file's header promises more pixels than
	// the limits allow.
	ErrTooLarge = errors.New("the image is too large")
)

// Error says why the bytes of a file are no usable image. A failure to
// read the file is not an Error.
type Error struct {
	Path   string // empty where only bytes were given
	Format string // jpeg, png, webp, gif, bmp, tiff or pnm; empty where it is unknown
	Err    error  // the reason
}

func (e *Error) Error() string {
	parts := []string{"imageio"}
	for _, part := range []string{e.Path, e.Format} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.TrimPrefix(e.Err.Error(), e.Format+": ") // the decoder's own prefix
	return strings.Join(append(parts, text), ": ")
}

// Undecodable tells whether an error says that the bytes of an image file are no
// usable image, whoever reads them and whenever. Other errors are about the moment,
// the machine or the path.
func Undecodable(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
