package imageio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// encode returns an image file of a lossless format, or a JPEG of high quality.
func encode(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&file, img)
	case "bmp":
		err = bmp.Encode(&file, img)
	case "tiff":
		err = tiff.Encode(&file, img, &tiff.Options{Compression: tiff.Deflate})
	case "gif":
		err = gif.Encode(&file, img, &gif.Options{NumColors: 256})
	case "jpeg":
		err = jpeg.Encode(&file, img, &jpeg.Options{Quality: 95})
	default:
		t.Fatalf("no encoder for %s", format)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// sampleFile is a valid file of a format, of width × height pixels.
func sampleFile(t testing.TB, format string, width, height int) []byte {
	t.Helper()
	if format == "webp" {
		return webpFile(chunk("VP8L", losslessWebP(width, height, color.NRGBA{R: 10, G: 20, B: 30, A: 40})))
	}
	return encode(t, format, testPattern(width, height))
}

var formatNames = []string{"jpeg", "png", "webp", "gif", "bmp", "tiff"}

// testPattern is an opaque image of few colours.
func testPattern(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x * 40), G: uint8(y * 50), B: uint8((x + y) % 3 * 90), A: 255})
		}
	}
	return img
}

// webpFile wraps chunks into a RIFF container.
func webpFile(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
	return append(file, body...)
}

// chunk is a RIFF chunk, padded to an even length.
func chunk(name string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	out = append(out, data...)
	return append(out, make([]byte, len(data)%2)...)
}

// extendedHeader is the VP8X chunk of a WebP file with the given flags.
func extendedHeader(flags byte, width, height int) []byte {
	w, h := width-1, height-1
	return chunk("VP8X", []byte{
		flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8),
		byte(h >> 16),
	})
}

// losslessWebP is the payload of a VP8L chunk of one colour: every prefix code
// has a single symbol, so the pixels take no bits.
func losslessWebP(width, height int, c color.NRGBA) []byte {
	var bits bitWriter
	bits.put(0x2f, 8)
	bits.put(width-1, 14)
	bits.put(height-1, 14)
	bits.put(1, 1) // alpha is used
	bits.put(0, 3) // version
	bits.put(0, 1) // no transform
	bits.put(0, 1) // no colour cache
	bits.put(0, 1) // no meta prefix codes
	for _, v := range []uint8{c.G, c.R, c.B, c.A} {
		bits.put(1, 1) // a simple code
		bits.put(0, 1) // of one symbol
		bits.put(1, 1) // of eight bits
		bits.put(int(v), 8)
	}
	bits.put(1, 1)
	bits.put(0, 1)
	bits.put(0, 1) // distance code 0, one bit
	bits.put(0, 1)
	return bits.bytes()
}

// lossyWebP is the payload of a VP8 chunk: a key frame all of whose decisions
// are "no", which predicts every pixel from its neighbours and corrects none.
func lossyWebP(width, height int) []byte {
	const firstPartition = 4000
	tag := 0<<0 | 1<<4 | firstPartition<<5 // key frame, shown
	data := []byte{
		byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8),
		byte(height), byte(height >> 8),
	}
	return append(data, make([]byte, firstPartition+4000)...)
}

// bitWriter packs bits, the lowest first.
type bitWriter struct{ bit []byte }

func (w *bitWriter) put(value, n int) {
	for i := range n {
		w.bit = append(w.bit, byte(value>>i&1))
	}
}

func (w *bitWriter) bytes() []byte {
	out := make([]byte, (len(w.bit)+7)/8)
	for i, b := range w.bit {
		out[i/8] |= b << (i % 8)
	}
	return out
}

// exifData is a TIFF structure with an orientation alone.
func exifData(order binary.AppendByteOrder, orientation uint16) []byte {
	out := []byte("II")
	if order.String() == "BigEndian" {
		out = []byte("MM")
	}
	out = order.AppendUint16(out, 42)
	out = order.AppendUint32(out, 8)      // offset of the directory
	out = order.AppendUint16(out, 1)      // entries
	out = order.AppendUint16(out, 0x0112) // orientation
	out = order.AppendUint16(out, 3)      // SHORT
	out = order.AppendUint32(out, 1)
	out = order.AppendUint16(out, orientation)
	out = order.AppendUint16(out, 0)
	return order.AppendUint32(out, 0) // no further directory
}

// withEXIF puts metadata into a file.
func withEXIF(t testing.TB, format string, file, exif []byte) []byte {
	t.Helper()
	switch format {
	case "jpeg":
		payload := append([]byte("Exif\x00\x00"), exif...)
		segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(payload)+2))
		return bytes.Join([][]byte{file[:2], segment, payload, file[2:]}, nil)
	case "png":
		const afterHeader = 8 + 25
		data := append([]byte("eXIf"), exif...)
		out := binary.BigEndian.AppendUint32(nil, uint32(len(exif)))
		out = append(out, data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
		return bytes.Join([][]byte{file[:afterHeader], out, file[afterHeader:]}, nil)
	}
	t.Fatalf("no metadata in %s", format)
	return nil
}

// tiffFile is an uncompressed TIFF of RGB bytes with an orientation.
func tiffFile(width, height int, pix []byte, orientation uint16) []byte {
	order := binary.LittleEndian
	entries := [][3]uint32{ // tag, type and value; 3 is SHORT, 4 is LONG
		{256, 4, uint32(width)},
		{257, 4, uint32(height)},
		{258, 3, 8},
		{259, 3, 1},
		{262, 3, 2},
		{273, 4, 0},
		{274, 3, uint32(orientation)},
		{277, 3, 3},
		{278, 4, uint32(height)},
		{279, 4, uint32(len(pix))},
	}
	start := 8 + 2 + 12*len(entries) + 4
	out := append([]byte("II*\x00"), 8, 0, 0, 0)
	out = order.AppendUint16(out, uint16(len(entries)))
	for _, e := range entries {
		count, value := uint32(1), e[2]
		switch e[0] {
		case 258: // three samples of 8 bits, stored after the directory
			count, value = 3, uint32(start)
		case 273:
			value = uint32(start + 6)
		}
		out = order.AppendUint16(out, uint16(e[0]))
		out = order.AppendUint16(out, uint16(e[1]))
		out = order.AppendUint32(out, count)
		out = order.AppendUint32(out, value)
	}
	out = order.AppendUint32(out, 0)
	for range 3 {
		out = order.AppendUint16(out, 8)
	}
	return append(out, pix...)
}

// fourComponentJPEG is a JPEG of flat 8×8 blocks, one for each entry, in one
// row. adobe is the transform of its Adobe segment, −1 for a file without one.
func fourComponentJPEG(blocks [][4]uint8, adobe int) []byte {
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, data ...byte) {
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(data)+2))
		out = append(out, data...)
	}
	if adobe >= 0 {
		segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(adobe))...)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	width := 8 * len(blocks)
	segment(0xc0, 8, 0, 8, byte(width>>8), byte(width), 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	// DC: categories 0 to 11 with four bits each. AC: end of block with one bit.
	segment(0xc4, append([]byte{0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11)...)
	segment(0xc4, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var bits []byte
	put := func(value, n int) {
		for i := n - 1; i >= 0; i-- {
			bits = append(bits, byte(value>>i&1))
		}
	}
	var last [4]int
	for _, block := range blocks {
		for c, v := range block {
			dc := 8 * (int(v) - 128)
			difference, category := dc-last[c], 0
			for abs := max(difference, -difference); abs > 0; abs >>= 1 {
				category++
			}
			put(category, 4)
			if difference < 0 {
				difference += 1<<category - 1
			}
			put(difference, category)
			put(0, 1)
			last[c] = dc
		}
	}
	for len(bits)%8 != 0 {
		bits = append(bits, 1)
	}
	for i := 0; i < len(bits); i += 8 {
		b := byte(0)
		for _, bit := range bits[i : i+8] {
			b = b<<1 | bit
		}
		if out = append(out, b); b == 0xff {
			out = append(out, 0)
		}
	}
	return append(out, 0xff, 0xd9)
}
