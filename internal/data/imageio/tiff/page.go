package tiff

import (
	"errors"
	"fmt"
	"math"
)

// Photometric interpretations.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	palette     = 3
	mask        = 4
	cmyk        = 5
	ycbcr       = 6
	cieLab      = 8
	iccLab      = 9
	linearRaw   = 34892
)

// Formats of samples.
const (
	unsigned = 1
	signed   = 2
	float    = 3
)

// Kinds of extra samples.
const (
	associated   = 1
	unassociated = 2
)

// page is an image of a file: how its samples lie.
type page struct {
	directory
	width, height int
	samples       int // of a pixel, with those that are extra
	colours       int // of them that make its colour
	bits          int // of a sample
	format        int // of samples
	photometric   int
	compression   int
	predictor     int
	planar        bool // each sample lies in blocks of its own
	reversed      bool // the lowest bit of a byte comes first
	alpha         int  // place of the associated alpha among the samples; −1 without
	extra         int  // kind of the first extra sample; −1 without any
	subsampling   [2]int

	blockWidth, blockHeight int // of a strip or tile
	across, down            int // blocks
	offsets, counts         entry
}

// page reads the tags of a directory.
func (d directory) page() (*page, error) {
	p := &page{directory: d, alpha: -1, extra: -1}
	var planar, fill int
	for _, want := range []struct {
		to        *int
		tag       uint16
		otherwise int
	}{
		{&p.width, tagWidth, 0},
		{&p.height, tagHeight, 0},
		{&p.samples, tagSamples, 1},
		{&p.bits, tagBits, 1},
		{&p.format, tagSampleFormat, unsigned},
		{&p.photometric, tagPhotometric, -1},
		{&p.compression, tagCompression, 1},
		{&p.predictor, tagPredictor, 1},
		{&planar, tagPlanar, 1},
		{&fill, tagFillOrder, 1},
	} {
		var err error
		if *want.to, err = d.number(want.tag, want.otherwise); err != nil {
			return nil, err
		}
	}
	p.planar, p.reversed = planar == 2, fill == 2
	if p.width < 1 || p.height < 1 {
		return p, fmt.Errorf("the image has no pixels: its directory says %d×%d", p.width, p.height)
	}
	if p.samples < 1 || p.samples > 1<<16 {
		return p, fmt.Errorf("the file is corrupt: a pixel has %d samples", p.samples)
	}
	if !p.has(tagSamples) { // older writers leave it out
		p.samples = max(1, int(p.entries[tagBits].count))
		if p.photometric == rgb || p.photometric == ycbcr {
			p.samples = max(p.samples, 3)
		}
	}
	if err := p.interpret(); err != nil {
		return p, err
	}
	p.planar = p.planar && p.samples > 1
	return p, p.checkSamples()
}

// interpret finds which samples make the colour.
func (p *page) interpret() error {
	if p.photometric < 0 { // some writers leave it out
		p.photometric = blackIsZero
		if p.samples >= 3 {
			p.photometric = rgb
		}
	}
	switch p.photometric {
	case whiteIsZero, blackIsZero, palette, mask:
		p.colours = 1
	case rgb, ycbcr, cieLab, iccLab:
		p.colours = 3
		if p.photometric == cieLab && p.samples == 1 {
			p.colours, p.photometric = 1, blackIsZero
		}
	case cmyk:
		p.colours = 4
	case linearRaw:
		p.colours, p.photometric = 1, blackIsZero
		if p.samples >= 3 {
			p.colours, p.photometric = 3, rgb
		}
	case 32803:
		return errors.New("the image is the mosaic of a camera's sensor: develop it first, for example with " +
			"dcraw_emu -T")
	default:
		return fmt.Errorf("the photometric interpretation %d is not read: convert the file to RGB, for example with "+
			"gdal_translate or magick", p.photometric)
	}
	if p.samples < p.colours {
		return fmt.Errorf("the file is corrupt: a pixel has %d samples, its photometric interpretation needs %d",
			p.samples, p.colours)
	}
	if p.samples > p.colours {
		p.extra = 0
		if kinds := p.numbers(tagExtraSamples, 1); len(kinds) > 0 {
			p.extra = int(kinds[0])
		}
		if p.extra == associated {
			p.alpha = p.colours
		}
	}
	p.subsampling = [2]int{1, 1}
	if p.photometric == ycbcr {
		p.subsampling = [2]int{2, 2}
		if s := p.numbers(tagYCbCrSubsamples, 2); len(s) == 2 {
			p.subsampling = [2]int{int(s[0]), int(s[1])}
		}
		for _, s := range p.subsampling {
			if s != 1 && s != 2 && s != 4 {
				return fmt.Errorf("the file is corrupt: colour is subsampled by %v", p.subsampling)
			}
		}
	}
	return nil
}

// checkSamples refuses samples that differ or that are of no known kind.
func (p *page) checkSamples() error {
	for _, b := range p.numbers(tagBits, uint64(p.samples)) {
		if int(b) != p.bits {
			return errors.New("samples of a pixel have different numbers of bits: convert the file to 8 or 16 bits a " +
				"sample")
		}
	}
	for _, f := range p.numbers(tagSampleFormat, uint64(p.samples)) {
		if int(f) != p.format {
			return errors.New("samples of a pixel are of different kinds: write one kind, for example with " +
				"gdal_translate")
		}
	}
	if p.format != signed && p.format != float {
		if p.format == 5 || p.format == 6 {
			return errors.New("samples are complex numbers: write their magnitude, for example with gdal_translate")
		}
		p.format = unsigned // void is read so by all
	}
	known := p.bits >= 1 && p.bits <= 32 || p.bits == 64
	if p.format == float {
		known = p.bits == 16 || p.bits == 24 || p.bits == 32 || p.bits == 64
	}
	if !known {
		return fmt.Errorf("samples have %d bits: 1 to 32 and 64 are read, of floating-point numbers 16, 24, 32 and 64",
			p.bits)
	}
	return nil
}

// deep tells whether the samples are to be mapped to 8 bits by a range of values.
func (p *page) deep() bool {
	if p.alpha >= 0 && p.format == unsigned && p.bits <= 16 { // a picture, not measurements
		return false
	}
	return (p.bits > 8 || p.format != unsigned) && p.photometric <= rgb
}

// lay finds the strips or tiles.
func (p *page) lay() error {
	p.offsets, p.counts = p.entries[tagTileOffsets], p.entries[tagTileCounts]
	var err error
	if p.has(tagTileWidth) && p.has(tagTileHeight) {
		if p.blockWidth, err = p.number(tagTileWidth, 0); err != nil {
			return err
		}
		if p.blockHeight, err = p.number(tagTileHeight, 0); err != nil {
			return err
		}
		if p.offsets.count == 0 { // some writers keep tiles under the tags of strips
			p.offsets, p.counts = p.entries[tagStripOffsets], p.entries[tagStripCounts]
		}
	} else {
		p.offsets, p.counts = p.entries[tagStripOffsets], p.entries[tagStripCounts]
		p.blockWidth, p.blockHeight = p.width, p.height
		if e := p.entries[tagRowsPerStrip]; e.count > 0 {
			if rows := p.at(e, 0); rows >= 1 && rows < float64(p.height) {
				p.blockHeight = int(rows)
			}
		}
	}
	const widest = 1 << 26 // samples of a row of a block
	if p.blockWidth < 1 || p.blockHeight < 1 || p.blockWidth > widest/p.samples || p.blockHeight > math.MaxInt32/2 {
		return fmt.Errorf("the file is corrupt: its strips or tiles are of %d×%d pixels and %d samples", p.blockWidth,
			p.blockHeight, p.samples)
	}
	p.across = (p.width + p.blockWidth - 1) / p.blockWidth
	p.down = (p.height + p.blockHeight - 1) / p.blockHeight
	need := uint64(p.across) * uint64(p.down)
	if p.planar {
		need *= uint64(p.colours)
	}
	if p.offsets.count < need {
		return fmt.Errorf("the file is truncated or corrupt: it names %d strips or tiles, but its size needs %d",
			p.offsets.count, need)
	}
	return nil
}

// block returns the bytes of a strip or tile as they stand in the file, and nil for one that was
// left out because it is empty.
func (p *page) block(i int) ([]byte, error) {
	at := p.at(p.offsets, uint64(i))
	if !(at >= 0 && at <= float64(len(p.data))) {
		return nil, errOutside
	}
	count := float64(len(p.data)) - at // some writers leave the length out
	if uint64(i) < p.counts.count {
		count = p.at(p.counts, uint64(i))
	}
	if at == 0 || count == 0 {
		return nil, nil
	}
	if !(count > 0) {
		return nil, errOutside
	}
	if count > float64(len(p.data))-at {
		if p.counts.count > 1 || p.compression == none {
			return nil, errOutside
		}
		count = float64(len(p.data)) - at // of one strip some writers state too much
	}
	return p.data[int(at):int(at+count)], nil
}
