package tiff

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// tag is an entry of a directory; text for a kind of 2, else numbers.
type tag struct {
	number, kind uint16
	values       []uint32
	text         string
}

func short(number uint16, values ...uint32) tag { return tag{number: number, kind: 3, values: values} }

// made is a little-endian file: the blocks, then a directory for every page, whose offsets and
// lengths of strips or tiles are those of its share of the blocks.
func made(blocks [][]byte, pages ...[]tag) []byte {
	order := binary.LittleEndian
	out := append([]byte("II*\x00"), make([]byte, 4)...)
	var offsets, counts []uint32
	for _, b := range blocks {
		offsets, counts = append(offsets, uint32(len(out))), append(counts, uint32(len(b)))
		out = append(out, b...)
	}
	link := 4
	each := len(blocks) / len(pages)
	for i, tags := range pages {
		at := tag{number: tagStripOffsets, kind: 4, values: offsets[i*each : (i+1)*each]}
		n := tag{number: tagStripCounts, kind: 4, values: counts[i*each : (i+1)*each]}
		if slices.ContainsFunc(tags, func(t tag) bool { return t.number == tagTileWidth }) {
			at.number, n.number = tagTileOffsets, tagTileCounts
		}
		tags = append(slices.Clone(tags), n, at)
		order.PutUint32(out[link:], uint32(len(out)))
		body := order.AppendUint16(nil, uint16(len(tags)))
		far := len(out) + 2 + 12*len(tags) + 4
		var rest []byte
		for _, t := range tags {
			value := []byte(t.text)
			for _, v := range t.values {
				if t.kind == 3 {
					value = order.AppendUint16(value, uint16(v))
				} else {
					value = order.AppendUint32(value, v)
				}
			}
			body = order.AppendUint16(order.AppendUint16(body, t.number), t.kind)
			body = order.AppendUint32(body, uint32(max(len(t.values), len(t.text))))
			if len(value) <= 4 {
				body = append(body, append(value, make([]byte, 4-len(value))...)...)
				continue
			}
			body = order.AppendUint32(body, uint32(far+len(rest)))
			rest = append(rest, value...)
		}
		link = len(out) + len(body)
		out = append(append(out, body...), 0, 0, 0, 0)
		out = append(out, rest...)
	}
	return out
}

func sized(width, height, bits uint32, more ...tag) []tag {
	return append([]tag{short(tagWidth, width), short(tagHeight, height), short(tagBits, bits)}, more...)
}

// TestTiledPlanes: the planes of a planar file lie in tiles of their own, of which those at the
// right and at the bottom reach beyond the image.
func TestTiledPlanes(t *testing.T) {
	const width, height, side = 20, 18, 16
	var blocks [][]byte
	for c := range 3 {
		for i := range 4 {
			block := make([]byte, side*side)
			for p := range block {
				x, y := i%2*side+p%side, i/2*side+p/side
				block[p] = uint8(10*x + y + 80*c)
			}
			blocks = append(blocks, block)
		}
	}
	file := made(blocks, []tag{
		short(tagWidth, width), short(tagHeight, height), short(tagBits, 8, 8, 8), short(tagPhotometric, rgb),
		short(tagSamples, 3), short(tagPlanar, 2), short(tagTileWidth, side), short(tagTileHeight, side),
	})
	p, err := Decode(file, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	for y := range height {
		for x := range width {
			r, g, b := p.RGB.At(x, y)
			if want := uint8(10*x + y); r != want || g != want+80 || b != want+160 {
				t.Fatalf("column %d, row %d: got %d %d %d, want %d and 80 more each", x, y, r, g, b, want)
			}
		}
	}
}

// TestNoData: GDAL's value, NaN, and blocks that are left out.
func TestNoData(t *testing.T) {
	pixels := make([]byte, 0, 16)
	for _, v := range []float32{-9999, 1, float32(math.NaN()), 2} {
		pixels = binary.LittleEndian.AppendUint32(pixels, math.Float32bits(v))
	}
	file := made([][]byte{pixels, nil}, sized(4, 2, 32, short(tagSampleFormat, float), short(tagRowsPerStrip, 1),
		short(tagPhotometric, 1), tag{number: tagNoData, kind: 2, text: "-9999 \x00"}))
	p, err := Decode(file, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Deep.Sample(0, 100); !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("data are %v", got)
	}
}

// TestSigned: 16 bits with a sign.
func TestSigned(t *testing.T) {
	file := made([][]byte{{0x00, 0xfc, 0xff, 0xff, 0x07, 0x00}}, sized(3, 1, 16, short(tagSampleFormat, signed),
		short(tagPhotometric, 1)))
	p, err := Decode(file, 0, false)
	if err != nil || !slices.Equal(p.Deep.Floats, []float32{-1024, -1, 7}) || p.Deep.Span != [2]float64{-32768, 32767} {
		t.Errorf("got %+v, %v", p.Deep, err)
	}
}

// TestPolarity: the photometric tag says what a run of white stands for.
func TestPolarity(t *testing.T) {
	black := []byte{0b00110101, 0b00010100} // no white, 8 black, and filling
	for photometric, want := range map[uint32]uint8{whiteIsZero: 0, blackIsZero: 255} {
		file := made([][]byte{black}, sized(8, 1, 1, short(tagCompression, faxRLE), short(tagPhotometric, photometric)))
		p, err := Decode(file, 0, false)
		if err != nil || p.RGB.Pix[0] != want {
			t.Errorf("photometric %d: got %v, %v, want %d", photometric, p.RGB, err, want)
		}
	}
}

// TestPages: reduced images and masks are no pages.
func TestPages(t *testing.T) {
	page := sized(1, 1, 8, short(tagPhotometric, 1))
	file := made([][]byte{{1}, {2}, {3}, {4}}, page, append(slices.Clone(page), short(tagSubfileType, 1)), page,
		append(slices.Clone(page), short(tagSubfileType, 4)))
	info, err := ReadInfo(file, 0)
	if err != nil || info.Pages != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	for number, want := range []uint8{1, 3} {
		if p, err := Decode(file, number, false); err != nil || p.RGB.Pix[0] != want {
			t.Errorf("page %d: %v, %v", number, p.RGB, err)
		}
	}
	if _, err := Decode(file, 2, false); err == nil ||
		!strings.Contains(err.Error(), "the file has 2 pages, page 3 is asked for") {
		t.Errorf("got %v", err)
	}
}

// TestRefused: what is not read is named, with what to do; what is corrupt is no picture.
func TestRefused(t *testing.T) {
	grey := short(tagPhotometric, 1)
	for want, file := range map[string][]byte{
		"compressed in LERC (34887): write the file anew": made([][]byte{{1}},
			sized(1, 1, 8, grey, short(tagCompression, 34887))),
		"mosaic of a camera's sensor": made([][]byte{{1}},
			sized(1, 1, 8, short(tagPhotometric, 32803))),
		"it names 1 strips or tiles, but its size needs 4": made([][]byte{{1}},
			sized(1, 4, 8, grey, short(tagRowsPerStrip, 1))),
		"different numbers of bits": made([][]byte{{1, 2}},
			[]tag{
				short(tagWidth, 1), short(tagHeight, 1), short(tagBits, 5, 6, 5), short(tagSamples, 3),
				short(tagPhotometric, rgb),
			}),
		"samples are complex numbers": made([][]byte{make([]byte, 8)},
			sized(1, 1, 64, grey, short(tagSampleFormat, 6))),
		"unexpected EOF": made([][]byte{{1, 2}}, sized(3, 1, 8, grey)),
		"its photometric interpretation needs 3": made([][]byte{{1}},
			sized(1, 1, 8, short(tagPhotometric, rgb), short(tagSamples, 1))),
		"the image has no pixels": made([][]byte{{1}}, sized(0, 1, 8, grey)),
		"palette is not there": made([][]byte{{1}},
			sized(1, 1, 8, short(tagPhotometric, palette))),
		"lies beyond its end":         []byte("II*\x00\xff\xff\x00\x00"),
		"the file has no TIFF header": []byte("II\x00\x00\xff\xff\x00\x00"),
		"codes of facsimile are for 1 bit": made([][]byte{{1}},
			sized(1, 1, 8, grey, short(tagCompression, fax4))),
		"line 0 of 1": made([][]byte{{0}},
			sized(9, 1, 1, grey, short(tagCompression, fax4))),
	} {
		if p, err := Decode(file, 0, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v, %v", want, p, err)
		}
	}
}

// TestRing: a chain of directories that leads back to itself ends.
func TestRing(t *testing.T) {
	file := made([][]byte{{7}}, sized(1, 1, 8, short(tagPhotometric, 1)))
	first := binary.LittleEndian.Uint32(file[4:])
	n := uint32(binary.LittleEndian.Uint16(file[first:]))
	binary.LittleEndian.PutUint32(file[first+2+12*n:], first)
	if info, err := ReadInfo(file, 0); err != nil || info.Pages != 1 {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestBombs: promises that the file does not keep take no memory, and no time.
func TestBombs(t *testing.T) {
	grey := short(tagPhotometric, 1)
	long := func(number uint16, v uint32) tag { return tag{number: number, kind: 4, values: []uint32{v}} }
	for name, file := range map[string][]byte{
		"a tile of 2³⁰ pixels": made([][]byte{{1}},
			sized(1, 1, 8, grey, long(tagTileWidth, 1<<15), long(tagTileHeight, 1<<15))),
		"65536 samples": made([][]byte{{1}}, sized(1, 1, 8, grey, long(tagSamples, 65536))),
		"a wide tile": made([][]byte{{1}},
			sized(1, 1, 64, grey, long(tagTileWidth, 1<<30), long(tagTileHeight, 1))),
	} {
		if _, err := Decode(file, 0, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzDecode: whatever the bytes, a picture of the stated size or an error.
func FuzzDecode(f *testing.F) {
	grey := short(tagPhotometric, 1)
	f.Add(made([][]byte{{1, 2, 3, 4}}, sized(2, 2, 8, grey)))
	f.Add(made([][]byte{{0b00110101, 0b00010100}}, sized(8, 1, 1, short(tagCompression, fax4), grey)))
	f.Add(made([][]byte{{0x80, 0, 0x20, 0x50}}, sized(2, 1, 12, short(tagCompression, lzwCoded), grey)))
	f.Add(made([][]byte{make([]byte, 12)}, sized(1, 1, 32, short(tagSamples, 3), short(tagSampleFormat, float),
		short(tagPhotometric, rgb))))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := ReadInfo(data, 0)
		if err != nil || info.Width < 1 || info.Height < 1 || info.Width > 1<<12/info.Height {
			return
		}
		p, err := Decode(data, 0, false)
		switch {
		case err != nil:
		case p.RGB != nil && len(p.RGB.Pix) == 3*info.Width*info.Height:
		case p.Deep != nil && p.Deep.Width == info.Width && p.Deep.Height == info.Height &&
			len(p.Deep.Words)+len(p.Deep.Floats) == info.Width*info.Height*p.Deep.Channels:
		default:
			t.Fatalf("%+v of %+v", p, info)
		}
	})
}
