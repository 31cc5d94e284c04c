package tiff

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"
)

// Compressions.
const (
	none       = 1
	faxRLE     = 2
	fax3       = 3
	fax4       = 4
	lzwCoded   = 5
	oldJPEG    = 6
	jpegCoded  = 7
	deflate    = 8
	packBits   = 32773
	oldDeflate = 32946
	zstdCoded  = 50000
	webpCoded  = 50001
)

// foreign are compressions that are not read.
var foreign = map[int]string{
	9: "JBIG", 10: "JBIG", 32766: "NeXT's code", 32771: "facsimile in words of 16 bits", 32809: "ThunderScan's code",
	34661: "JBIG", 34676: "SGI's LogLuv", 34677: "SGI's LogLuv", 34712: "JPEG 2000", 33003: "JPEG 2000",
	33005: "JPEG 2000",
	34887: "LERC", 34925: "LZMA", 34934: "JPEG XR", 50002: "JPEG XL", 52546: "JPEG XL",
}

// errCompression says that a compression is not read, and what to do.
func errCompression(c int) error {
	name := foreign[c]
	if name == "" {
		name = "a way that is not known"
	}
	return fmt.Errorf("the pixels are compressed in %s (%d): write the file anew, for example with gdal_translate -co "+
		"COMPRESS=DEFLATE or tiffcp -c zip", name, c)
}

// reader uncompresses a block that is read byte after byte. It has to be closed.
func (p *page) reader(block []byte) (io.ReadCloser, error) {
	if p.reversed {
		block = bytes.Clone(block)
		for i, b := range block {
			block[i] = bits.Reverse8(b)
		}
	}
	from := bytes.NewReader(block)
	switch p.compression {
	case none:
		return io.NopCloser(from), nil
	case lzwCoded:
		if len(block) > 1 && block[0] == 0 && block[1]&1 != 0 {
			return nil, errors.New("the pixels are compressed in LZW as TIFF 5 wrote it: write the file anew, for " +
				"example with tiffcp -c zip")
		}
		return lzw.NewReader(from, lzw.MSB, 8), nil
	case deflate, oldDeflate:
		return zlib.NewReader(from)
	case packBits:
		return io.NopCloser(&unpacker{from: block}), nil
	case zstdCoded:
		const window = 128 << 20
		d, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, errCompression(p.compression)
}

// unpacker reads PackBits: runs of one byte, and bytes as they are, each behind its length.
type unpacker struct {
	from   []byte
	left   int // bytes of the run
	repeat bool
}

// Read reads what is unpacked.
func (u *unpacker) Read(out []byte) (n int, err error) {
	for n < len(out) {
		for u.left == 0 {
			if len(u.from) == 0 {
				return n, io.EOF
			}
			length := int(int8(u.from[0]))
			u.from = u.from[1:]
			switch {
			case length >= 0:
				u.left, u.repeat = length+1, false
			case length > -128:
				u.left, u.repeat = 1-length, true
			}
		}
		if len(u.from) == 0 {
			return n, io.ErrUnexpectedEOF
		}
		out[n] = u.from[0]
		n++
		u.left--
		if !u.repeat || u.left == 0 {
			u.from = u.from[1:]
		}
	}
	return n, nil
}
