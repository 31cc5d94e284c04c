package pretrain

import (
	"fmt"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/attnmap"
)

// Sides of the tiles of sheets in pixels; those of a pixel a patch are enlarged to about the first.
const (
	tileSide      = 112
	neighbourSide = 56
)

// sheetQuality is that of JPEG.
const sheetQuality = 85

// resized is a square picture with another side.
func resized(img *augment.Image, side int) *augment.Image {
	return new(augment.Scratch).Apply(img, augment.Resize{
		Width: side, Height: side, Interpolation: augment.Bicubic,
	})
}

// enlargement is how often a pixel of a patch is repeated in both directions.
func enlargement(img *augment.Image) int { return max(1, tileSide/max(img.Width, img.Height)) }

// enlarged repeats every pixel in both directions.
func enlarged(img *augment.Image) *augment.Image {
	times := enlargement(img)
	out := augment.NewImage(times*img.Width, times*img.Height)
	for y := range out.Height {
		for x := range out.Width {
			r, g, b := img.At(x/times, y/times)
			out.Set(x, y, r, g, b)
		}
	}
	return out
}

// row is a PNG of pictures of a pixel a patch beside one another, enlarged.
func row(tiles []*augment.Image) ([]byte, error) {
	large := make([]*augment.Image, len(tiles))
	for i, tile := range tiles {
		large[i] = enlarged(tile)
	}
	sheet, err := attnmap.Sheet([][]*augment.Image{large}, 0)
	if err != nil {
		return nil, err
	}
	return imageio.EncodePNG(sheet)
}

// unrow takes the pictures of a pixel a patch out of such a PNG.
func unrow(content []byte, number, rows, cols int) ([]*augment.Image, error) {
	times := enlargement(&augment.Image{Width: cols, Height: rows})
	sheet, err := imageio.Decode(content, imageio.Limits{MaxPixels: imageio.DefaultMaxPixels})
	if err != nil {
		return nil, err
	}
	if sheet.Width != number*cols*times || sheet.Height != rows*times {
		return nil, fmt.Errorf("a sheet of %d×%d pixels: must be %d tiles of %d×%d patches", sheet.Width, sheet.Height,
			number, rows, cols)
	}
	tiles := make([]*augment.Image, number)
	for i := range tiles {
		tiles[i] = augment.NewImage(cols, rows)
		for y := range rows {
			for x := range cols {
				r, g, b := sheet.At((i*cols+x)*times, y*times)
				tiles[i].Set(x, y, r, g, b)
			}
		}
	}
	return tiles, nil
}

// photoSheet is a JPEG of rows of pictures.
func photoSheet(rows [][]*augment.Image, gap int) ([]byte, error) {
	sheet, err := attnmap.Sheet(rows, gap)
	if err != nil {
		return nil, err
	}
	return imageio.EncodeJPEG(sheet, sheetQuality)
}
