package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"hash/crc32"
	"testing"
)

// wrapped makes a file of the part of it that is drawn: what stands before that part in every file,
// the tables of a JPEG and the palette of a GIF, is most of its length and of no interest, and
// chunks of a PNG whose checksums are wrong are not looked into. An input of some hundred bytes
// keeps Go's minimizer, whose number of trials grows with the square of the length, busy for longer
// than a run.
var wrapped = []struct {
	format string
	wrap   func(sample, part []byte) []byte
	part   func(sample []byte) []byte // of the sample
}{
	{"png", func(_, part []byte) []byte { return part }, whole},
	{"webp", func(_, part []byte) []byte { return part }, whole},
	{"bmp", func(_, part []byte) []byte { return part }, whole},
	{"tiff", func(_, part []byte) []byte { return part }, whole},
	{
		"jpeg", func(sample, part []byte) []byte { return join(sample[:scanStart(sample)], part) },
		func(sample []byte) []byte { return sample[scanStart(sample):] },
	},
	{
		"gif", func(sample, part []byte) []byte { return join(sample[:paletteEnd], part) },
		func(sample []byte) []byte { return sample[paletteEnd:] },
	},
	{"png", func(_, part []byte) []byte { return pngOf(part) }, func([]byte) []byte { return pngPart }},
	{
		"webp", func(_, part []byte) []byte { return webpFile(chunk("VP8 ", join(part, make([]byte, 8000)))) },
		func([]byte) []byte { return lossyWebP(16, 16)[:20] },
	},
}

// paletteEnd is the length of the header and the palette of 256 colours of a GIF.
const paletteEnd = 13 + 3*256

func whole(sample []byte) []byte { return sample }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// scanStart is where the scan of a JPEG begins.
func scanStart(jpeg []byte) int { return bytes.Index(jpeg, []byte{0xff, 0xda}) }

// pngPart is the header of 3×2 grey pixels of 8 bits, and their rows, each after the number of its
// filter.
var pngPart = []byte{0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0 /* rows */, 1, 10, 20, 30, 2, 1, 2, 3}

// pngOf is a PNG with right checksums of a header of 13 bytes and the rows behind it, which are not
// compressed.
func pngOf(part []byte) []byte {
	header, rows := part[:min(13, len(part))], part[min(13, len(part)):]
	rows = rows[:min(len(rows), 0xffff)]
	packed := binary.LittleEndian.AppendUint16([]byte{0x78, 1, 1}, uint16(len(rows)))
	packed = binary.LittleEndian.AppendUint16(packed, ^uint16(len(rows)))
	packed = binary.BigEndian.AppendUint32(append(packed, rows...), adler32.Checksum(rows))
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		name string
		data []byte
	}{{"IHDR", header}, {"IDAT", packed}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.data)))
		named := append([]byte(c.name), c.data...)
		out = binary.BigEndian.AppendUint32(append(out, named...), crc32.ChecksumIEEE(named))
	}
	return out
}

// The parts of the samples make files that are read: else the fuzzer would begin at nothing.
func TestWrappedSamples(t *testing.T) {
	for i, w := range wrapped {
		sample := sampleFile(t, w.format, 3, 2)
		if _, err := Decode(w.wrap(sample, w.part(sample)), Limits{}); err != nil {
			t.Errorf("wrapped %d, %s: %v", i, w.format, err)
		}
	}
}

// FuzzDecode: whatever the bytes, an image of the promised size or an error, and no panic. An image
// of six pixels takes 2 to 60 µs of one core, of which decoders of GIF and lossy WebP take the
// most; the fuzzer takes about 80 more for the counters of the code in the test binary, 21 000, as
// with an empty target.
func FuzzDecode(f *testing.F) {
	samples := make([][]byte, len(wrapped))
	for i, w := range wrapped {
		samples[i] = sampleFile(f, w.format, 3, 2)
		f.Add(uint8(i), w.part(samples[i]))
	}
	const tiff = 3
	f.Add(uint8(tiff), fourComponentJPEG([][4]uint8{{1, 2, 3, 4}}, -1))
	f.Add(uint8(tiff), tiffFile(2, 1, make([]byte, 6), 6))
	f.Fuzz(func(t *testing.T, kind uint8, part []byte) {
		const limit = 1 << 12
		i := int(kind) % len(wrapped)
		img, err := Decode(wrapped[i].wrap(samples[i], part), Limits{MaxPixels: limit})
		var e *Error
		switch {
		case err != nil && (img != nil || !errors.As(err, &e)):
			t.Fatalf("image %v and error %#v", img, err)
		case err == nil && (img.Width*img.Height > limit || len(img.Pix) != 3*img.Width*img.Height):
			t.Fatalf("%d×%d pixels, %d samples", img.Width, img.Height, len(img.Pix))
		}
	})
}
