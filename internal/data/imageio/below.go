package imageio

import (
	"fmt"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/regularfile"
)

// DecodeBelow reads an image below a folder, by a path that somebody else wrote down: one that
// leads out of the folder is refused, see [regularfile.ReadBelow].
func DecodeBelow(folder, path string, limits Limits) (*augment.Image, error) {
	data, err := regularfile.ReadBelow(folder, path, limits.maxBytes())
	if err != nil {
		return nil, fmt.Errorf("imageio: %w", err)
	}
	return Decode(data, limits)
}
