package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	"golang.org/x/image/webp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio/jpeg"
	"github.com/dino-go/dino/internal/data/stored"
)

// coded reads blocks that are pictures of their own: JPEG or WebP.
func (p *page) coded() (stored.Picture, error) {
	if p.bits != 8 || p.format != unsigned {
		return stored.Picture{}, fmt.Errorf("samples of %d bits in JPEG are not read: write the file anew, for "+
			"example with gdal_translate -co COMPRESS=DEFLATE", p.bits)
	}
	if p.photometric == palette {
		return stored.Picture{}, errors.New("the file is corrupt: a palette cannot be in JPEG")
	}
	out := augment.NewImage(p.width, p.height)
	planes := 1
	if p.planar {
		planes = p.colours
	}
	for plane := range planes {
		for i := range p.across * p.down {
			x, y := i%p.across*p.blockWidth, i/p.across*p.blockHeight
			raw, err := p.block(plane*p.across*p.down + i)
			if err != nil {
				return stored.Picture{}, err
			}
			if raw == nil {
				continue
			}
			block, err := p.blockPicture(raw, min(p.blockHeight, p.height-y))
			if err != nil {
				return stored.Picture{}, fmt.Errorf("in the block at column %d, row %d: %w", x, y, err)
			}
			p.paste(out, block, x, y, plane)
		}
	}
	return stored.Picture{RGB: out}, nil
}

// blockPicture decodes a block, which shows so many rows of the image at least.
func (p *page) blockPicture(raw []byte, rows int) (*augment.Image, error) {
	if err := p.checkBlock(raw, rows); err != nil {
		return nil, err
	}
	if p.compression == webpCoded {
		img, err := webp.Decode(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return fromStandard(img), nil
	}
	o := jpeg.Options{Tables: p.entries[tagJPEGTables].value, Colour: jpeg.AsRGB}
	switch p.photometric {
	case ycbcr:
		o.Colour = jpeg.AsYCbCr
	case cmyk:
		o.Colour = jpeg.AsStated
	}
	return jpeg.Decode(raw, o)
}

// checkBlock refuses a block that is smaller or much larger than its place.
func (p *page) checkBlock(raw []byte, rows int) error {
	width, height, err := sizeOfBlock(raw, p.compression)
	if err != nil {
		return err
	}
	if width < min(p.blockWidth, p.width) || height < rows || width > p.blockWidth+64 || height > p.blockHeight+64 {
		return fmt.Errorf("the file is corrupt: it is %d×%d, its place %d×%d", width, height, p.blockWidth,
			p.blockHeight)
	}
	return nil
}

func sizeOfBlock(raw []byte, compression int) (width, height int, err error) {
	if compression == webpCoded {
		c, err := webp.DecodeConfig(bytes.NewReader(raw))
		return c.Width, c.Height, err
	}
	return jpeg.Size(raw)
}

// paste copies the part of a block that shows, all of it or one channel.
func (p *page) paste(out, block *augment.Image, x, y, plane int) {
	for row := range min(block.Height, p.blockHeight, p.height-y) {
		n := min(block.Width, p.blockWidth, p.width-x)
		from, to := block.Pix[3*row*block.Width:], out.Pix[3*((y+row)*p.width+x):]
		switch {
		case p.planar && p.colours > 1:
			for i := range n {
				to[3*i+plane] = from[3*i]
			}
		case p.photometric == whiteIsZero:
			for i := range 3 * n {
				to[i] = 255 - from[i]
			}
		default:
			copy(to[:3*n], from)
		}
	}
}

func fromStandard(img image.Image) *augment.Image {
	b := img.Bounds()
	out := augment.NewImage(b.Dx(), b.Dy())
	for y := range out.Height {
		for x := range out.Width {
			red, green, blue, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			out.Set(x, y, uint8(red>>8), uint8(green>>8), uint8(blue>>8))
		}
	}
	return out
}

// oldJPEG reads the form of TIFF 6.0 where the file holds one JPEG stream that is whole.
func (p *page) oldJPEG() (stored.Picture, error) {
	errOld := errors.New("the pixels are in JPEG as TIFF 6.0 wrote it, in parts: write the file anew, for example " +
		"with tiffcp -c zip or magick")
	at, err := p.number(tagOldJPEG, 0)
	if err != nil || at == 0 || at >= len(p.data) {
		return stored.Picture{}, errOld
	}
	n, err := p.number(tagOldJPEGLength, 0)
	if err != nil {
		return stored.Picture{}, errOld
	}
	if n == 0 || n > len(p.data)-at {
		n = len(p.data) - at
	}
	raw := p.data[at : at+n]
	if w, h, err := jpeg.Size(raw); err != nil || w != p.width || h != p.height {
		return stored.Picture{}, errOld
	}
	img, err := jpeg.Decode(raw, jpeg.Options{})
	if err != nil {
		return stored.Picture{}, fmt.Errorf("%w (%w)", errOld, err)
	}
	return stored.Picture{RGB: img}, nil
}
