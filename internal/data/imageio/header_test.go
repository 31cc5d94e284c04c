package imageio

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/testkit/pythontest"
)

func TestReadHeader(t *testing.T) {
	rect := image.Rect(0, 0, 5, 3)
	for _, c := range []struct {
		name string
		file []byte
		want Header
	}{
		{"jpeg", sampleFile(t, "jpeg", 5, 3), Header{Colour: RGB, Channels: 3, Bits: 8}},
		{"jpeg", encode(t, "jpeg", image.NewGray(rect)), Header{Colour: Grey, Channels: 1, Bits: 8}},
		{"png", encode(t, "png", image.NewGray16(rect)), Header{Colour: Grey, Channels: 1, Bits: 16}},
		{"png", encode(t, "png", image.NewNRGBA(rect)), Header{Colour: RGB, Channels: 4, Bits: 8, Alpha: true}},
		{
			"png", encode(t, "png", image.NewPaletted(rect, color.Palette{color.Black, color.Transparent})),
			Header{Colour: Palette, Channels: 1, Bits: 1, Alpha: true},
		},
		{"gif", sampleFile(t, "gif", 5, 3), Header{Colour: Palette, Channels: 1, Bits: 8}},
		{"bmp", sampleFile(t, "bmp", 5, 3), Header{Colour: RGB, Channels: 3, Bits: 8}},
		{"tiff", encode(t, "tiff", image.NewGray16(rect)), Header{Colour: Grey, Channels: 1, Bits: 16}},
		{"webp", sampleFile(t, "webp", 5, 3), Header{Colour: RGB, Channels: 4, Bits: 8, Alpha: true}},
		{"webp", webpFile(chunk("VP8 ", lossyWebP(5, 3))), Header{Colour: RGB, Channels: 3, Bits: 8}},
		{
			"webp", webpFile(extendedHeader(0x12, 5, 3)),
			Header{Colour: RGB, Channels: 4, Bits: 8, Alpha: true, Frames: 2},
		},
	} {
		c.want.Format, c.want.Width, c.want.Height, c.want.Frames = c.name, 5, 3, max(c.want.Frames, 1)
		if got, err := ReadHeader(c.file); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

// What the decoders make of a file has the size that its header says, and a file that is cut off
// anywhere is an error or a header, but no panic and no endless loop.
func TestReadHeaderOfPieces(t *testing.T) {
	for _, format := range formatNames {
		file := sampleFile(t, format, 7, 6)
		whole, err := ReadHeader(file)
		if err != nil || whole.Width != 7 || whole.Height != 6 {
			t.Errorf("%s: got %+v, %v", format, whole, err)
		}
		for n := range file {
			h, err := ReadHeader(file[:n])
			var e *Error
			if err != nil && !errors.As(err, &e) || err == nil && (h.Width != 7 || h.Height != 6) {
				t.Errorf("%s: the first %d bytes: %+v, %v", format, n, h, err)
			}
		}
	}
}

// A chain of directories that is a ring ends.
func TestReadHeaderOfRing(t *testing.T) {
	file := encode(t, "tiff", image.NewGray(image.Rect(0, 0, 4, 4)))
	at := int(binary.LittleEndian.Uint32(file[4:]))
	end := at + 2 + 12*int(binary.LittleEndian.Uint16(file[at:]))
	binary.LittleEndian.PutUint32(file[end:], uint32(at))
	if h, err := ReadHeader(file); err != nil || h.Frames != 1 {
		t.Errorf("got %+v, %v", h, err)
	}
}

func FuzzReadHeader(f *testing.F) {
	for _, format := range formatNames {
		f.Add(sampleFile(f, format, 4, 3))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var e *Error
		if _, err := ReadHeader(data); err != nil && !errors.As(err, &e) {
			t.Errorf("got %v", err)
		}
	})
}

// pillowModes writes an image in every mode and format that Pillow can, and prints what Pillow
// makes of each file.
const pillowModes = `
import sys, json
from PIL import Image
base = Image.linear_gradient("L").resize((37, 21))
modes = {
    "1": ["png", "tiff", "bmp"], "L": ["jpg", "png", "tiff", "bmp", "gif"], "LA": ["png", "tiff"],
    "P": ["png", "tiff", "bmp", "gif"], "RGB": ["jpg", "png", "tiff", "bmp", "webp"],
    "RGBA": ["png", "tiff", "webp"], "CMYK": ["jpg", "tiff"], "YCbCr": ["jpg", "tiff"], "I;16": ["png", "tiff"],
    "F": ["tiff"], "I": ["tiff"], "LAB": ["tiff"],
}
out = []
for mode, formats in modes.items():
    for ending in formats:
        name = "%s/%s.%s" % (sys.argv[1], mode.replace(";", ""), ending)
        base.convert(mode).save(name)
        with Image.open(name) as img:
            out.append({"name": name, "mode": img.mode, "size": img.size})
pages = [base, base, base]
for ending in ["tiff", "gif", "png", "webp"]:
    name = "%s/pages.%s" % (sys.argv[1], ending)
    pages[0].save(name, save_all=True, append_images=[base.rotate(90), base.rotate(180)])
    with Image.open(name) as img:
        out.append({"name": name, "mode": img.mode, "size": img.size, "frames": img.n_frames})
print(json.dumps(out))
`

// ofMode says what Pillow's names of modes mean.
var ofMode = map[string]Header{
	"1": {Colour: Grey, Channels: 1, Bits: 1}, "L": {Colour: Grey, Channels: 1, Bits: 8},
	"LA": {Colour: Grey, Channels: 2, Bits: 8, Alpha: true}, "P": {Colour: Palette, Channels: 1, Bits: 8},
	"RGB": {Colour: RGB, Channels: 3, Bits: 8}, "RGBA": {Colour: RGB, Channels: 4, Bits: 8, Alpha: true},
	"CMYK": {Colour: CMYK, Channels: 4, Bits: 8}, "YCbCr": {Colour: RGB, Channels: 3, Bits: 8},
	"I;16": {Colour: Grey, Channels: 1, Bits: 16}, "I": {Colour: Grey, Channels: 1, Bits: 32, Signed: true},
	"F": {Colour: Grey, Channels: 1, Bits: 32, Float: true}, "LAB": {Colour: Other, Channels: 3, Bits: 8},
}

// Headers agree with Pillow about its own files.
func TestHeadersAgreeWithPillow(t *testing.T) {
	python := pythontest.Find(t, "PIL")
	var files []struct {
		Name, Mode string
		Size       [2]int
		Frames     int
	}
	pythontest.Run(t, python, pillowModes, &files, t.TempDir())
	if len(files) < 25 {
		t.Fatalf("Pillow wrote %d files", len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadHeader(data)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file.Name), err)
			continue
		}
		want := ofMode[file.Mode]
		want.Format, want.Width, want.Height, want.Frames = got.Format, file.Size[0], file.Size[1], max(file.Frames, 1)
		if got.Colour == Palette && (got.Format == "gif" || got.Format == "bmp") {
			// Pillow opens palettes of greys as grey, and says nothing about how many bits an index
			// has.
			want.Colour, want.Bits, want.Channels = Palette, got.Bits, 1
		}
		if got.Format == "webp" && got.Frames > 1 {
			want.Frames = 2 // it says that there are more than one
		}
		if got != want {
			text, _ := json.Marshal(file)
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}
