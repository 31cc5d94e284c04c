package tiff

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dino-go/dino/internal/data/stored"
)

// Info is what a page says of itself.
type Info struct {
	Width, Height int
	Samples, Bits int
	Grey, Palette bool
	CMYK          bool
	RGB           bool // also stored as luma and colour differences
	Signed, Float bool
	Alpha         bool // an extra sample is one of transparency
	Orientation   int  // 1 to 8; 0 where it is not stated
	Pages         int  // images of the file, without reduced ones and masks
}

// ReadInfo reads the directories; of a page, counted from 0, what it says.
func ReadInfo(data []byte, number int) (Info, error) {
	d, pages, err := find(data, number, true)
	if err != nil {
		return Info{}, err
	}
	p, err := d.page()
	if p == nil {
		return Info{}, err
	}
	i := Info{
		Width: p.width, Height: p.height, Samples: p.samples, Bits: p.bits, Pages: pages,
		Grey: p.colours == 1 && p.photometric != palette, Palette: p.photometric == palette,
		CMYK:   p.photometric == cmyk,
		RGB:    p.photometric == rgb || p.photometric == ycbcr,
		Signed: p.format == signed, Float: p.format == float,
		Alpha: p.extra == associated || p.extra == unassociated,
	}
	if o := d.numbers(tagOrientation, 1); len(o) == 1 && o[0] >= 1 && o[0] <= 8 {
		i.Orientation = int(o[0])
	}
	return i, nil
}

// XMP returns the XMP packet of the first page; nil without one.
func XMP(data []byte) []byte {
	d, _, err := find(data, 0, false)
	if err != nil {
		return nil
	}
	return d.entries[tagXMP].value
}

// mostPages bounds how many directories of a file are looked at.
const mostPages = 1 << 16

// find returns the directory of a page, counted from 0, and if asked for the number of pages.
func find(data []byte, number int, count bool) (found directory, pages int, err error) {
	f, next, err := open(data)
	if err != nil {
		return found, 0, err
	}
	seen := map[uint64]bool{}
	for i := 0; next != 0 && !seen[next] && i < mostPages; i++ {
		seen[next] = true // a chain may be a ring
		d, after, err := f.directory(next)
		if err != nil {
			if pages > number {
				break // a page that is there is not lost for one behind it
			}
			return found, 0, err
		}
		const reduced, transparency = 1, 4
		kind, _ := d.number(tagSubfileType, 0)
		if i == 0 || kind&(reduced|transparency) == 0 {
			if pages == number {
				found = d
			}
			pages++
		}
		if next = after; pages > number && !count {
			break
		}
	}
	if pages <= number {
		return found, pages, fmt.Errorf("the file has %d pages, page %d is asked for", pages, number+1)
	}
	return found, pages, nil
}

// Decode reads a page, counted from 0, with its transparency if that is asked for.
func Decode(data []byte, number int, transparency bool) (stored.Picture, error) {
	d, _, err := find(data, number, false)
	if err != nil {
		return stored.Picture{}, err
	}
	p, err := d.page()
	if err != nil {
		return stored.Picture{}, err
	}
	if p.compression == oldJPEG {
		return p.oldJPEG()
	}
	if err := p.lay(); err != nil {
		return stored.Picture{}, err
	}
	switch p.compression {
	case jpegCoded, webpCoded:
		return p.coded()
	}
	if p.photometric == ycbcr {
		if p.bits != 8 || p.planar {
			return stored.Picture{}, errors.New("YCbCr is read with 8 bits and interleaved: convert the file to RGB, " +
				"for example with gdal_translate -expand or magick")
		}
		img, err := p.luma()
		return stored.Picture{RGB: img}, err
	}
	if p.deep() {
		return p.decodeDeep()
	}
	keep := p.colours
	hasAlpha := p.photometric <= rgb && (p.alpha >= 0 || transparency && p.extra == unassociated)
	if hasAlpha {
		keep++
	}
	if p.bits > 8 && p.photometric == palette {
		return stored.Picture{}, errors.New("a palette of more than 8 bits is not read: convert the file to RGB")
	}
	if p.bits > 16 || p.format != unsigned {
		return stored.Picture{}, fmt.Errorf("samples of %d bits are not read in this colour space: convert "+
			"the file to RGB",
			p.bits)
	}
	pix, err := p.bytes(keep)
	if err != nil {
		return stored.Picture{}, err
	}
	img, err := p.toRGB(pix, keep)
	out := stored.Picture{RGB: img}
	if hasAlpha && transparency && err == nil {
		levels := p.levels()
		out.Alpha = make([]uint8, p.width*p.height)
		for i := range out.Alpha {
			out.Alpha[i] = levels[pix[i*keep+keep-1]]
			if p.photometric == whiteIsZero {
				out.Alpha[i] = 255 - out.Alpha[i]
			}
		}
	}
	return out, err
}

// bytes reads samples without a sign, of which 8 bits are kept: those of more than 8 bits lose
// their lowest. Samples of fewer bits stay as they are.
func (p *page) bytes(keep int) ([]uint8, error) {
	pix := make([]uint8, p.width*p.height*keep)
	if p.bits <= 8 {
		return pix, p.each(keep, func(r *rows, x, y, channel, first, step, pixels int) {
			whole(pix[(y*p.width+x)*keep+channel:], keep, r, first, step, pixels)
		})
	}
	row := make([]uint16, p.blockWidth)
	return pix, p.each(keep, func(r *rows, x, y, channel, first, step, pixels int) {
		whole(row, 1, r, first, step, pixels)
		for i, v := range row[:pixels] {
			pix[(y*p.width+x+i)*keep+channel] = uint8(v >> (p.bits - 8))
		}
	})
}

// decodeDeep reads grey or RGB of more than 8 bits, with a sign, or floating.
func (p *page) decodeDeep() (stored.Picture, error) {
	keep := p.colours
	if p.alpha >= 0 && p.format == float {
		keep++
	}
	missing := p.noData()
	if p.format == unsigned && p.bits <= 16 {
		img := stored.NewWords(p.width, p.height, keep, p.bits)
		img.Missing = missing
		err := p.each(keep, func(r *rows, x, y, channel, first, step, pixels int) {
			whole(img.Words[(y*p.width+x)*keep+channel:], keep, r, first, step, pixels)
		})
		if err != nil {
			return stored.Picture{}, err
		}
		if p.photometric == whiteIsZero {
			most := uint16(img.Span[1])
			for i, v := range img.Words {
				img.Words[i] = most - v
			}
			img.Missing = img.Span[1] - missing
		}
		return stored.Picture{Deep: img}, nil
	}
	img := stored.NewFloats(p.width, p.height, keep, p.span())
	err := p.each(keep, func(r *rows, x, y, channel, first, step, pixels int) {
		p.floats(img.Floats[(y*p.width+x)*keep+channel:], keep, r, first, step, pixels, missing)
	})
	if err != nil {
		return stored.Picture{}, err
	}
	if keep > p.colours {
		img.Floats, img.Channels = straight(img.Floats, keep), p.colours
	}
	return stored.Picture{Deep: img}, nil
}

// straight divides colours by the alpha behind them, from 0 to 1, and drops it.
func straight(samples []float32, keep int) []float32 {
	out := samples[:0]
	for i := 0; i < len(samples); i += keep {
		alpha := samples[i+keep-1]
		for _, v := range samples[i : i+keep-1] {
			if alpha > 0 {
				v /= alpha
			}
			out = append(out, v)
		}
	}
	return out
}

// span is what the type of the samples spans.
func (p *page) span() [2]float64 {
	switch p.format {
	case float:
		return [2]float64{0, 1}
	case signed:
		half := math.Ldexp(1, p.bits-1)
		return [2]float64{-half, half - 1}
	}
	return [2]float64{0, math.Ldexp(1, p.bits) - 1}
}

// each hands out the rows of all blocks, one channel at a time: its samples of pixels pixels from
// column x of row y on stand at first, first + step … of the row. Of channels that are not kept
// nothing is read.
func (p *page) each(keep int, put func(r *rows, x, y, channel, first, step, pixels int)) error {
	planes, stride := 1, p.samples
	if p.planar {
		planes, stride = keep, 1
	}
	for plane := range planes {
		for i := range p.across * p.down {
			x, y := i%p.across*p.blockWidth, i/p.across*p.blockHeight
			err := p.eachRow(plane*p.across*p.down+i, stride, min(p.blockHeight, p.height-y), func(r *rows, row int) {
				pixels := min(p.blockWidth, p.width-x)
				if p.planar {
					put(r, x, y+row, plane, 0, 1, pixels)
					return
				}
				for c := range keep {
					put(r, x, y+row, c, c, stride, pixels)
				}
			})
			if err != nil {
				return fmt.Errorf("in the block at column %d, row %d: %w", x, y, err)
			}
		}
	}
	return nil
}

// eachRow reads so many rows of a block.
func (p *page) eachRow(block, stride, height int, put func(r *rows, row int)) error {
	raw, err := p.block(block)
	if err != nil {
		return err
	}
	r := &rows{
		raw: make([]byte, (p.blockWidth*stride*p.bits+7)/8), stride: stride, width: p.blockWidth, bits: p.bits,
		order: p.order,
	}
	if raw == nil { // a block of no data
		p.fillMissing(r)
		for row := range height {
			put(r, row)
		}
		return nil
	}
	switch p.compression {
	case faxRLE, fax3, fax4:
		return p.faxRows(r, raw, height, put)
	case none, packBits:
	default:
		r.predictor = p.predictor
	}
	from, err := p.reader(raw)
	if err != nil {
		return err
	}
	defer from.Close()
	r.from = from
	for row := range height {
		if err := r.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		put(r, row)
	}
	return nil
}

// fillMissing writes a row of no data, where there is a value for that and samples are whole bytes.
func (p *page) fillMissing(r *rows) {
	missing := p.noData()
	if math.IsNaN(missing) {
		return
	}
	for i := range p.blockWidth * r.stride {
		switch {
		case p.format == float && p.bits == 32:
			p.order.PutUint32(r.raw[4*i:], math.Float32bits(float32(missing)))
		case p.format == float && p.bits == 64:
			p.order.PutUint64(r.raw[8*i:], math.Float64bits(missing))
		case p.format == float:
		case p.bits == 8:
			r.raw[i] = uint8(int64(missing))
		case p.bits == 16:
			p.order.PutUint16(r.raw[2*i:], uint16(int64(missing)))
		case p.bits == 32:
			p.order.PutUint32(r.raw[4*i:], uint32(int64(missing)))
		}
	}
}
