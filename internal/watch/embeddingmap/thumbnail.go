package embeddingmap

import (
	"errors"
	"path/filepath"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/thumbnail"
)

// Why an image is not shown.
var (
	errNoFolder = errors.New("the folder of the images is not known: name it by --images")
	errOutside  = errors.New("its path leads out of the folder of the images")
)

// quality is that of JPEG.
const quality = 80

// open decodes the image of a row, made smaller so that it fits into a square of a side in pixels.
// Its path must lead to a regular file below the folder; links in there are followed, as
// everywhere.
func (m *Map) open(row, side int, scratch *augment.Scratch) (*augment.Image, error) {
	path := filepath.FromSlash(m.images[row].Path)
	switch {
	case m.folder == "":
		return nil, errNoFolder
	case !filepath.IsLocal(path):
		return nil, errOutside
	}
	img, err := imageio.Reading{Own: true}.DecodeFile(filepath.Join(m.folder, path))
	if err != nil {
		return nil, err
	}
	return thumbnail.Within(img, side, scratch), nil
}
