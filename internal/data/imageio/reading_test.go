package imageio

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/stored"
)

// grey16 is a PNG of 16-bit grey values in one row.
func grey16(t *testing.T, values ...uint16) []byte {
	t.Helper()
	img := image.NewGray16(image.Rect(0, 0, len(values), 1))
	for x, v := range values {
		img.SetGray16(x, 0, color.Gray16{Y: v})
	}
	return encode(t, "png", img)
}

// TestRange: what the reading says becomes black and white, in every format that has more than 8
// bits.
func TestRange(t *testing.T) {
	pgm := []byte("P5\n3 1\n4095\n\x00\x00\x08\x00\x0f\xff")
	for name, file := range map[string][]byte{
		"png": grey16(t, 0, 2048, 4095), "pnm": pgm,
		"tiff": encode(t, "tiff", image.NewGray16(image.Rect(0, 0, 3, 1))),
	} {
		img, err := Reading{Range: stored.Uniform(0, 4095)}.Decode(file)
		want := []uint8{0, 128, 255}
		if name == "tiff" {
			want = []uint8{0, 0, 0}
		}
		if err != nil || img.Pix[0] != want[0] || img.Pix[3] != want[1] || img.Pix[6] != want[2] {
			t.Errorf("%s: got %v, %v", name, img, err)
		}
	}
	img, err := Reading{Own: true}.Decode(grey16(t, 100, 200, 300))
	if err != nil || img.Pix[0] != 0 || img.Pix[3] != 128 || img.Pix[6] != 255 {
		t.Errorf("by its own values: got %v, %v", img, err)
	}
}

// TestDeepUpright: samples of more than 8 bits are turned, too.
func TestDeepUpright(t *testing.T) {
	file := withEXIF(t, "png", grey16(t, 1, 2, 3), exifData(binary.BigEndian, 6))
	deep, err := Reading{}.Deep(file)
	if err != nil || deep.Width != 1 || deep.Height != 3 || deep.Words[0] != 1 || deep.Words[2] != 3 {
		t.Errorf("got %+v, %v", deep, err)
	}
}

// TestBackground: transparent pixels are laid over a colour, or show what is beneath.
func TestBackground(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	img.SetNRGBA(0, 0, color.NRGBA{R: 200, G: 100, B: 50, A: 0})
	img.SetNRGBA(1, 0, color.NRGBA{R: 100, G: 100, B: 100, A: 51})
	var animation bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.NRGBA{R: 255, A: 255}, color.Transparent})
	frame.Pix = []uint8{1, 0}
	if err := gif.Encode(&animation, frame, nil); err != nil {
		t.Fatal(err)
	}
	webp := webpFile(chunk("VP8L", losslessWebP(2, 1, color.NRGBA{R: 200, G: 100, B: 50, A: 0})))
	onWhite := Reading{Background: Background{Set: true, Colour: [3]uint8{255, 255, 255}}}
	for name, c := range map[string]struct {
		file []byte
		want []byte
	}{
		"png":  {encode(t, "png", img), []byte{255, 255, 255, 224, 224, 224}},
		"webp": {webp, []byte{255, 255, 255, 255, 255, 255}},
		"gif":  {animation.Bytes(), []byte{255, 255, 255, 255, 0, 0}},
	} {
		if got, err := onWhite.Decode(c.file); err != nil || !bytes.Equal(got.Pix, c.want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
	if got, err := (Reading{}).Decode(encode(t, "png", img)); err != nil ||
		!bytes.Equal(got.Pix, []byte{200, 100, 50, 100, 100, 100}) {
		t.Errorf("without a background: got %v, %v", got, err)
	}
	turned := withEXIF(t, "png", encode(t, "png", img), exifData(binary.BigEndian, 2))
	if got, err := onWhite.Decode(turned); err != nil || !bytes.Equal(got.Pix, []byte{224, 224, 224, 255, 255, 255}) {
		t.Errorf("mirrored: got %v, %v", got, err)
	}
}

// TestFirstFrame: of an animated WebP the first frame is read, on the canvas.
func TestFirstFrame(t *testing.T) {
	frame := append([]byte{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, // 2 columns to the right, 2 × 1
		chunk("VP8L", losslessWebP(2, 1, color.NRGBA{R: 9, G: 8, B: 7, A: 255}))...)
	file := webpFile(extendedHeader(0x12, 5, 1), chunk("ANIM", make([]byte, 6)), chunk("ANMF", frame))
	img, err := Decode(file, Limits{})
	if err != nil || !bytes.Equal(img.Pix, []byte{0, 0, 0, 0, 0, 0, 9, 8, 7, 9, 8, 7, 0, 0, 0}) {
		t.Errorf("got %v, %v", img, err)
	}
	file = webpFile(extendedHeader(0x12, 3, 1), chunk("ANMF", frame))
	if _, err := Decode(file, Limits{}); err == nil || !strings.Contains(err.Error(), "reaches beyond the canvas") {
		t.Errorf("got %v", err)
	}
}

// TestMetadata: orientation behind a chunk of odd length with its mark, in XMP, and in a text chunk
// of ImageMagick.
func TestMetadata(t *testing.T) {
	exif := exifData(binary.LittleEndian, 6)
	odd := losslessWebP(3, 2, color.NRGBA{R: 9, A: 255})
	if len(odd)%2 == 0 {
		odd = append(odd, 0)
	}
	xmp := []byte(`XML:com.adobe.xmp` + "\x00\x00\x00\x00\x00" + `<rdf:Description tiff:Orientation="6"/>`)
	png := encode(t, "png", letters("ab/cd/ef", 1))
	const afterHeader = 8 + 25
	text := func(name string, body []byte) []byte {
		c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		c = append(append(append(c, name...), body...), 0, 0, 0, 0) // of no account
		return join(png[:afterHeader], c, png[afterHeader:])
	}
	hexed := "Raw profile type exif\x00\nexif\n      " + "26\n"
	for _, b := range exif {
		hexed += string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15])
	}
	jpeg := encode(t, "jpeg", letters("ab/cd/ef", 8))
	packet := append([]byte(xmpMark), `<x tiff:Orientation="6"/>`...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(packet)+2))
	for name, c := range map[string]struct {
		file          []byte
		width, height int
	}{
		"webp, an odd chunk before": {
			webpFile(extendedHeader(0x18, 3, 2), chunk("VP8L", odd), chunk("EXIF", exif)), 2,
			3,
		},
		"webp, with the mark": {webpFile(extendedHeader(0x18, 3, 2), chunk("VP8L", odd),
			chunk("EXIF", append([]byte(exifMark), exif...))), 2, 3},
		"webp, xmp": {
			webpFile(extendedHeader(0x14, 3, 2), chunk("VP8L", odd), chunk("XMP ", xmp)), 2,
			3,
		},
		"png, xmp":  {text("iTXt", xmp), 3, 2},
		"png, text": {text("tEXt", []byte(hexed)), 3, 2},
		"jpeg, xmp": {join(jpeg[:2], segment, packet, jpeg[2:]), 24, 16},
	} {
		img, err := Decode(c.file, Limits{})
		if err != nil || img.Width != c.width || img.Height != c.height {
			t.Errorf("%s: got %v, %v, want %d×%d", name, img, err, c.width, c.height)
		}
	}
}

func TestOptionTexts(t *testing.T) {
	for text, want := range map[string]Truncated{
		"refuse": {}, "keep": {Keep: 0.5}, "keep 0.9": {Keep: 0.9},
		"keep 1": {Keep: 1},
	} {
		var got, again Truncated
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s: written as %s, read as %v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]Background{
		"none": {}, "white": {true, [3]uint8{255, 255, 255}}, "black": {true, [3]uint8{}},
		"#0102ff": {true, [3]uint8{1, 2, 255}},
	} {
		var got, again Background
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s: written as %s, read as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "keep 0", "keep 2", "keep x", "Keep", "refuse 1", "#12", "red", "#gggggg"} {
		if new(Truncated).UnmarshalText([]byte(text)) == nil || new(Background).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// TestShrink: a file that would take more memory than there is, or that is far larger than needed,
// is made smaller while it is decoded.
func TestShrink(t *testing.T) {
	for _, format := range []string{"png", "jpeg"} {
		file := encode(t, format, testPattern(64, 40))
		for most, width := range map[int64]int{0: 64, 3 * 64 * 40: 64, 3*64*40 - 1: 32, 3 * 16 * 10: 16, 1: 8} {
			img, err := Reading{MostBytes: most}.Decode(file)
			if err != nil || img.Width != width || img.Height != width*40/64 {
				t.Errorf("%s, %d bytes: got %v, %v, want %d wide", format, most, img, err, width)
			}
		}
	}
	r := Reading{Enough: 400}
	for size, want := range map[[2]int]int{{4000, 4000}: 1, {13000, 13000}: 8, {13000, 2000}: 2, {20000, 1000}: 1} {
		if got := r.shrink(size[0], size[1]); got != want {
			t.Errorf("%v: shrunk %d times, want %d", size, got, want)
		}
	}
}

// TestUnread: what is not read is named, with how to convert it.
func TestUnread(t *testing.T) {
	dicom := append(make([]byte, 128), "DICM"...)
	for name, begin := range map[string]string{
		"HEIC": "\x00\x00\x00\x18ftypheic", "AVIF": "\x00\x00\x00\x1cftypavif", "JPEG XL": "\xff\x0a..",
		"JPEG 2000": "\xff\x4f\xff\x51", "DICOM": string(dicom), "PSD": "8BPS",
	} {
		_, err := Decode([]byte(begin), Limits{})
		if err == nil || !strings.Contains(err.Error(), "it is "+name+"; convert them") ||
			Unread([]byte(begin)) != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for file, want := range map[string]string{
		"a/B.HEIC": "HEIC", "x.dcm": "DICOM", "x.txt": "", "x": "",
		"x.jxl": "JPEG XL",
	} {
		if got := UnreadName(file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
