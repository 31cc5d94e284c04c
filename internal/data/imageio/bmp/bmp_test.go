package bmp

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// made is a file with a header of 40 bytes or, for OS/2, 12.
func made(width, height, bits, compression int, palette, pixels []byte, masks ...uint32) []byte {
	order := binary.LittleEndian
	header := order.AppendUint32(nil, 40)
	header = order.AppendUint32(order.AppendUint32(header, uint32(width)), uint32(int32(height)))
	header = order.AppendUint16(order.AppendUint16(header, 1), uint16(bits))
	header = order.AppendUint32(header, uint32(compression))
	header = append(header, make([]byte, 12)...)
	header = append(order.AppendUint32(header, uint32(len(palette)/4)), 0, 0, 0, 0)
	for _, m := range masks {
		header = order.AppendUint32(header, m)
	}
	return wrapped(append(header, palette...), pixels)
}

func os2(width, height, bits int, palette, pixels []byte) []byte {
	order := binary.LittleEndian
	header := order.AppendUint32(nil, 12)
	for _, v := range []int{width, height, 1, bits} {
		header = order.AppendUint16(header, uint16(v))
	}
	return wrapped(append(header, palette...), pixels)
}

func wrapped(header, pixels []byte) []byte {
	order := binary.LittleEndian
	out := order.AppendUint32([]byte("BM"), uint32(14+len(header)+len(pixels)))
	out = order.AppendUint32(append(out, 0, 0, 0, 0), uint32(14+len(header)))
	return append(append(out, header...), pixels...)
}

// red, green, blue and white as a palette of four bytes a colour.
var colours = []byte{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0}

var kinds = []struct {
	name string
	file []byte
	want string // a letter a pixel
}{
	{"4 bits", made(3, 2, 4, none, colours, []byte{0x01, 0x20, 0, 0, 0x31, 0x00, 0, 0}), "WGR RGB"},
	{"from top to bottom", made(3, -2, 4, none, colours, []byte{0x01, 0x20, 0, 0, 0x31, 0x00, 0, 0}), "RGB WGR"},
	{"1 bit", made(3, 1, 1, none, colours[:8], []byte{0b01000000, 0, 0, 0}), "RGR"},
	{"OS/2", os2(2, 1, 1, []byte{0, 0, 255, 0, 255, 0}, []byte{0b01000000, 0, 0, 0}), "RG"},
	{"16 bits", made(3, 1, 16, none, nil, []byte{0, 0x7c, 0xe0, 0x03, 0x1f, 0, 0, 0}), "RGB"},
	{
		"5, 6 and 5 bits",
		made(3, 1, 16, bitFields, nil, []byte{0, 0xf8, 0xe0, 0x07, 0x1f, 0, 0, 0}, 0xf800, 0x7e0, 0x1f), "RGB",
	},
	{"24 bits", made(1, 2, 24, none, nil, []byte{0, 255, 0, 0, 0, 0, 255, 0}), "R G"},
	{"32 bits, turned round", made(2, 1, 32, bitFields, nil, []byte{255, 0, 0, 0, 0, 0, 255, 0}, 0xff, 0xff00,
		0xff0000), "RB"},
	{
		"runs of 8 bits", made(4, 2, 8, rle8, colours, []byte{3, 1, 1, 2, 0, 0, 0, 3, 0, 3, 1, 0, 1, 0, 0, 1}),
		"RWGR GGGB",
	},
	{"a jump in runs", made(3, 2, 8, rle8, colours, []byte{1, 1, 0, 2, 1, 1, 1, 2, 0, 1}), "RRB GRR"},
	{"runs of 4 bits", made(5, 1, 4, rle4, colours, []byte{3, 0x12, 0, 0, 0, 1}), "GBGRR"},
	{"bits in runs of 4", made(5, 1, 4, rle4, colours, []byte{0, 5, 0x01, 0x23, 0x10, 0, 0, 1}), "RGBWG"},
}

func letters(pix []byte, width int) string {
	var out strings.Builder
	for i := 0; i < len(pix); i += 3 {
		if i > 0 && i/3%width == 0 {
			out.WriteByte(' ')
		}
		name, ok := map[[3]byte]byte{
			{255, 0, 0}: 'R', {0, 255, 0}: 'G', {0, 0, 255}: 'B',
			{255, 255, 255}: 'W',
		}[[3]byte(pix[i:i+3])]
		if !ok {
			name = '?'
		}
		out.WriteByte(name)
	}
	return out.String()
}

func TestKinds(t *testing.T) {
	for _, k := range kinds {
		img, _, err := Decode(k.file, false)
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
		} else if got := letters(img.Pix, img.Width); got != k.want {
			t.Errorf("%s: got %s, want %s", k.name, got, k.want)
		}
	}
}

// TestPillow compares the same files with Pillow.
func TestPillow(t *testing.T) {
	python := pythontest.Find(t, "PIL")
	dir := t.TempDir()
	var paths []string
	for _, k := range kinds {
		path := filepath.Join(dir, k.name[:1]+filepath.Base(t.TempDir())+".bmp")
		if err := os.WriteFile(path, k.file, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	const program = `
import json, sys
from PIL import Image
def read(p):
    try:
        return list(Image.open(p).convert("RGB").tobytes())
    except OSError:
        return []
print(json.dumps([read(p) for p in sys.argv[1:]]))`
	var want [][]int
	pythontest.Run(t, python, program, &want, paths...)
	compared := 0
	for i, k := range kinds {
		img, _, err := Decode(k.file, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(want[i]) == 0 { // Pillow knows some layouts of bits alone
			continue
		}
		compared++
		shown := make([]byte, len(want[i]))
		for j, v := range want[i] {
			shown[j] = byte(v)
		}
		if k.name != "a jump in runs" && !bytes.Equal(img.Pix, shown) { // Pillow takes the jump for one of bytes
			t.Errorf("%s: got %v, want %v", k.name, img.Pix, shown)
		}
	}
	if compared < 8 {
		t.Errorf("Pillow read %d files of %d", compared, len(kinds))
	}
}

// TestWithoutFileHeader: a file may begin with the header of the image, and the place of the pixels
// may be that of the palette.
func TestWithoutFileHeader(t *testing.T) {
	bare := kinds[0].file[fileHeader:]
	if img, _, err := Decode(bare, false); err != nil || letters(img.Pix, img.Width) != kinds[0].want {
		t.Errorf("got %v, %v", img, err)
	}
	early := bytes.Clone(kinds[0].file)
	binary.LittleEndian.PutUint32(early[10:], 54)
	if img, _, err := Decode(early, false); err != nil || letters(img.Pix, img.Width) != kinds[0].want {
		t.Errorf("got %v, %v", img, err)
	}
}

func TestAlpha(t *testing.T) {
	file := made(2, 1, 32, alphaField, nil, []byte{0, 0, 255, 7, 0, 255, 0, 255}, 0xff0000, 0xff00, 0xff, 0xff000000)
	img, alpha, err := Decode(file, true)
	if err != nil || letters(img.Pix, 2) != "RG" || !bytes.Equal(alpha, []byte{7, 255}) {
		t.Errorf("%v, %v, %v", img, alpha, err)
	}
}

func TestBad(t *testing.T) {
	for want, file := range map[string][]byte{
		"ends within its header":     made(1, 1, 8, none, colours, nil)[:20],
		"ends before its last pixel": made(3, 3, 24, none, nil, make([]byte, 20)),
		"the image has no pixels":    made(0, 3, 24, none, nil, nil),
		"a JPEG or PNG of their own": made(1, 1, 24, jpegInside, nil, make([]byte, 20)),
		"pixels of 7 bits":           made(1, 1, 7, none, nil, make([]byte, 20)),
		"fields of bits in pixels":   made(1, 1, 8, bitFields, colours, make([]byte, 20)),
	} {
		if _, _, err := Decode(file, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, k := range kinds {
		f.Add(k.file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(data)
		if err != nil || h.Width > 1<<12/h.Height {
			return
		}
		img, _, err := Decode(data, true)
		if err == nil && (img.Width != h.Width || img.Height != h.Height) {
			t.Fatal(img.Width, img.Height)
		}
	})
}
