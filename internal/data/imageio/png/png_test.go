package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// chunk is a chunk with its checksum.
func chunk(name string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	named := append([]byte(name), body...)
	return binary.BigEndian.AppendUint32(append(out, named...), crc32.ChecksumIEEE(named))
}

// file is a PNG of rows, each behind the number of its filter.
func file(width, height, bits, kind, interlaced int, rows []byte, more ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = append(binary.BigEndian.AppendUint32(header, uint32(height)), byte(bits), byte(kind), 0, 0,
		byte(interlaced))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(rows) // a buffer takes all
	_ = z.Close()
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
	out = append(out, bytes.Join(more, nil)...)
	for part := packed.Bytes(); len(part) > 0; {
		n := min(len(part), 50)
		out, part = append(out, chunk("IDAT", part[:n])...), part[n:]
	}
	return append(out, chunk("IEND", nil)...)
}

// randomRows are random bytes behind filters.
func randomRows(rng *rand.Rand, n, size int) []byte {
	out := make([]byte, 0, n*(size+1))
	for range n {
		out = append(out, byte(rng.IntN(5)))
		for range size {
			out = append(out, byte(rng.IntN(256)))
		}
	}
	return out
}

// passSizes are the rows and columns of the seven images of an interlaced file.
func passSizes(width, height int) (sizes [][2]int) {
	for _, p := range [7][4]int{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		w, h := max(0, (width-p[0]+p[2]-1)/p[2]), max(0, (height-p[1]+p[3]-1)/p[3])
		if w > 0 && h > 0 {
			sizes = append(sizes, [2]int{w, h})
		}
	}
	return sizes
}

// TestStandard compares all kinds with image/png.
func TestStandard(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	colours := make([]byte, 768)
	for i := range colours {
		colours[i] = byte(rng.IntN(256))
	}
	for _, kind := range []struct {
		kind, samples int
		bits          []int
	}{
		{grey, 1, []int{1, 2, 4, 8, 16}},
		{rgb, 3, []int{8, 16}},
		{palette, 1, []int{1, 2, 4, 8}},
		{greyAlpha, 2, []int{8, 16}},
		{rgbAlpha, 4, []int{8, 16}},
	} {
		for _, bits := range kind.bits {
			for interlaced := range 2 {
				width, height := 1+rng.IntN(40), 1+rng.IntN(20)
				var raw []byte
				sizes := [][2]int{{width, height}}
				if interlaced == 1 {
					sizes = passSizes(width, height)
				}
				for _, s := range sizes {
					raw = append(raw, randomRows(rng, s[1], (s[0]*bits*kind.samples+7)/8)...)
				}
				var more [][]byte
				if kind.kind == palette {
					more = [][]byte{chunk("PLTE", colours[:3<<bits]), chunk("tRNS", []byte{0, 128})}
				}
				data := file(width, height, bits, kind.kind, interlaced, raw, more...)
				want, err := stdpng.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				p, err := Decode(data, Options{Alpha: true})
				if err != nil {
					t.Errorf("kind %d, %d bits, interlaced %d: %v", kind.kind, bits, interlaced, err)
					continue
				}
				for y := range height {
					for x := range width {
						c := color.NRGBA64Model.Convert(want.At(x, y)).(color.NRGBA64)
						switch m := want.(type) { // alpha of 0 hides the colour
						case *image.NRGBA:
							n := m.NRGBAAt(x, y)
							c = color.NRGBA64{
								R: 257 * uint16(n.R), G: 257 * uint16(n.G), B: 257 * uint16(n.B),
								A: 257 * uint16(n.A),
							}
						case *image.NRGBA64:
							c = m.NRGBA64At(x, y)
						}
						var got color.NRGBA64
						if p.Deep != nil {
							n, at := p.Deep.Channels, y*width+x
							got = color.NRGBA64{
								R: p.Deep.Words[n*at], G: p.Deep.Words[n*at+n/2],
								B: p.Deep.Words[n*at+n-1], A: c.A,
							}
						} else {
							r, g, b := p.RGB.At(x, y)
							got = color.NRGBA64{R: 257 * uint16(r), G: 257 * uint16(g), B: 257 * uint16(b), A: 65535}
							if p.Alpha != nil {
								got.A = 257 * uint16(p.Alpha[y*width+x])
							}
						}
						if kind.kind == palette && c.A != 65535 {
							got.R, got.G, got.B = c.R, c.G, c.B // image/png has multiplied them
						}
						if got != c {
							t.Fatalf("kind %d, %d bits, interlaced %d, column %d, row %d: got %v, want %v", kind.kind,
								bits, interlaced, x, y, got, c)
						}
					}
				}
			}
		}
	}
}

// TestHidden: colours under transparent pixels, and the colour that is transparent, are as stored.
func TestHidden(t *testing.T) {
	data := file(2, 1, 8, rgbAlpha, 0, []byte{0, 200, 100, 50, 0, 1, 2, 3, 255})
	p, err := Decode(data, Options{Alpha: true})
	if err != nil || !bytes.Equal(p.RGB.Pix, []byte{200, 100, 50, 1, 2, 3}) || !bytes.Equal(p.Alpha, []byte{0, 255}) {
		t.Errorf("%v, %v, %v", p.RGB, p.Alpha, err)
	}
	data = file(2, 1, 16, grey, 0, []byte{0, 1, 2, 3, 4}, chunk("tRNS", []byte{1, 2}))
	if p, err := Decode(data, Options{}); err != nil || p.Deep.Channels != 1 || p.Deep.Words[0] != 0x102 {
		t.Errorf("%+v, %v", p.Deep, err)
	}
	data = file(2, 1, 8, grey, 0, []byte{0, 7, 9}, chunk("tRNS", []byte{0, 9}))
	if p, err := Decode(data, Options{Alpha: true}); err != nil || !bytes.Equal(p.Alpha, []byte{255, 0}) {
		t.Errorf("%v, %v", p.Alpha, err)
	}
}

// TestEnd: what is cut behind the last row is whole; what is cut before is refused, or kept from a
// share of the rows on.
func TestEnd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	data := file(40, 30, 8, rgb, 0, randomRows(rng, 30, 120))
	whole, err := Decode(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut <= 16; cut++ { // the last chunk and a checksum
		if p, err := Decode(data[:len(data)-cut], Options{}); err != nil || !bytes.Equal(p.RGB.Pix, whole.RGB.Pix) {
			t.Errorf("cut by %d bytes: %v", cut, err)
		}
	}
	half := data[:len(data)/2]
	if _, err := Decode(half, Options{}); err == nil || !strings.Contains(err.Error(), "the file is truncated") {
		t.Errorf("half of it: %v", err)
	}
	if _, err := Decode(half, Options{Floor: 0.9}); err == nil {
		t.Error("half of it is taken for nine tenths")
	}
	p, err := Decode(half, Options{Floor: 0.3})
	if n := 3 * 40 * 10; err != nil || !bytes.Equal(p.RGB.Pix[:n], whole.RGB.Pix[:n]) {
		t.Errorf("the part that is there: %v", err)
	}
	bad := bytes.Clone(data)
	bad[bytes.Index(bad, []byte("IDAT"))+20] ^= 1
	if _, err := Decode(bad, Options{}); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a flipped bit: %v", err)
	}
}

// TestShrink: the means of squares of pixels, in the memory of the small picture.
func TestShrink(t *testing.T) {
	raw := []byte{0, 0, 10, 20, 0, 30, 40, 99, 0, 5, 6, 7}
	p, err := Decode(file(3, 3, 8, grey, 0, raw), Options{Shrink: 2})
	if err != nil || p.RGB.Width != 2 || p.RGB.Height != 2 {
		t.Fatalf("%v, %v", p.RGB, err)
	}
	want := []byte{20, 20, 20, 60, 60, 60, 6, 6, 6, 7, 7, 7}
	if !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("got %v, want %v", p.RGB.Pix, want)
	}
	const side = 4000
	data := file(side, side, 1, grey, 0, make([]byte, side*(side/8+1)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Decode(data, Options{Shrink: 8}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if taken, most := int64(after.TotalAlloc-before.TotalAlloc), int64(2*3*side/8*side/8); taken > most {
		t.Errorf("%d bytes are taken, want at most %d", taken, most)
	}
}

func TestBad(t *testing.T) {
	row := []byte{0, 1, 2, 3}
	noHeader := file(1, 1, 8, rgb, 0, row)
	for want, data := range map[string][]byte{
		"a row has filter 9":                            file(1, 1, 8, rgb, 0, []byte{9, 1, 2, 3}),
		"colour type 5":                                 file(1, 1, 8, 5, 0, row),
		"colour type 2 with 4 bits":                     file(1, 1, 4, rgb, 0, row),
		"colour type 2 with 8 bits, methods 0, 0 and 3": file(1, 1, 8, rgb, 3, row),
		"does not begin with its header":                append(bytes.Clone(noHeader[:8]), noHeader[8+25:]...),
		"palette has no whole number": file(1, 1, 8, palette, 0, []byte{0, 1},
			chunk("PLTE", []byte{1, 2})),
		"the file is truncated": file(1, 2, 8, rgb, 0, row),
	} {
		if _, err := Decode(data, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6}, uint8(2), uint8(8), uint8(rgb), uint8(1))
	f.Fuzz(func(t *testing.T, raw []byte, side, bits, kind, interlaced uint8) {
		w := 1 + int(side%32)
		data := file(w, w, int(bits), int(kind), int(interlaced), raw)
		p, err := Decode(data, Options{Alpha: true, Floor: 0.1, Shrink: 1 + int(side)/128})
		if err == nil && p.Deep == nil && len(p.RGB.Pix) != 3*p.RGB.Width*p.RGB.Height {
			t.Fatal(len(p.RGB.Pix))
		}
	})
}
