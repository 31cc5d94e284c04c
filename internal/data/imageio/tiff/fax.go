package tiff

import (
	"bytes"
	"errors"
	"math/bits"

	"github.com/dino-go/dino/internal/data/imageio/fax"
)

// faxRows reads a block of bilevel lines. Their white is 0, as in a file that says "white is zero";
// whoever says otherwise means that a white run stands for ones.
func (p *page) faxRows(r *rows, raw []byte, height int, put func(r *rows, row int)) error {
	if p.bits != 1 || r.stride != 1 {
		return errors.New("the file is corrupt: the codes of facsimile are for 1 bit a pixel")
	}
	if p.reversed {
		raw = bytes.Clone(raw)
		for i, b := range raw {
			raw[i] = bits.Reverse8(b)
		}
	}
	const twoDimensions = 1
	options, err := p.number(tagT4Options, 0)
	if err != nil {
		return err
	}
	coding := fax.Coding{ByteAligned: true}
	switch p.compression {
	case fax3:
		coding = fax.Coding{EndOfLine: true, TwoDimensional: options&twoDimensions != 0}
	case fax4:
		coding = fax.Coding{TwoDimensional: true}
	}
	lines, err := fax.Decode(raw, p.blockWidth, height, coding)
	if err != nil {
		return err
	}
	for row := range height {
		clear(r.raw)
		for x, v := range lines[row*p.blockWidth:][:p.blockWidth] {
			r.raw[x/8] |= v << (7 - x%8)
		}
		put(r, row)
	}
	return nil
}
