package attention

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/dino-go/dino/internal/data/video"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/regularfile"
)

// checkOutput reports, before any work is done, where pictures or the video cannot be written.
func (o Options) checkOutput() error {
	if err := destination.Folder(o.Out); err != nil {
		return fmt.Errorf("attention: --out: %w", err)
	}
	if o.Video == "" {
		return nil
	}
	check := destination.File
	if filepath.Dir(o.Video) == filepath.Clean(o.Out) { // which is made
		check = regularfile.CheckOwn
	}
	if err := check(o.Video); err != nil {
		return fmt.Errorf("attention: --video: %w", err)
	}
	if _, err := video.Program(); err != nil {
		return fmt.Errorf("attention: --video: %w", err)
	}
	return nil
}

// checkMasks reports a folder that has a true map for none of the images.
func (o Options) checkMasks(images []input) error {
	if o.Masks == "" {
		return nil
	}
	for _, image := range images {
		for _, file := range o.mapsOf(image) {
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				return nil // whether it can be read shows itself
			}
		}
	}
	return fmt.Errorf("attention: --masks %s: none of %d images has a map there; maps are named like images, NAME.png",
		o.Masks, len(images))
}

// mapsOf are the files that may hold the true map of an image: below the folder as the image is
// below its own, or under its name.
func (o Options) mapsOf(image input) []string {
	return []string{
		filepath.Join(o.Masks, filepath.FromSlash(image.name)+".png"),
		filepath.Join(o.Masks, path.Base(image.name)+".png"),
	}
}
