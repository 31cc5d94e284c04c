package imageio

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
)

// displayed[o] is how the image "ab/cd/ef" (three rows) looks with orientation o.
var displayed = [9]string{
	1: "ab/cd/ef", 2: "ba/dc/fe", 3: "fe/dc/ba", 4: "ef/cd/ab",
	5: "ace/bdf", 6: "eca/fdb", 7: "fdb/eca", 8: "bdf/ace",
}

// letters draws a text of letters, a block of `scale` pixels for each, in
// colours that survive JPEG.
func letters(text string, scale int) *image.NRGBA {
	rows := strings.Split(text, "/")
	img := image.NewNRGBA(image.Rect(0, 0, scale*len(rows[0]), scale*len(rows)))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			v := rows[y/scale][x/scale] - 'a'
			img.SetNRGBA(x, y, color.NRGBA{R: v * 50, G: v * 50, B: v * 50, A: 255})
		}
	}
	return img
}

// read turns an image of letters back into text.
func read(img *augment.Image, scale int) string {
	var rows []string
	for y := scale / 2; y < img.Height; y += scale {
		row := ""
		for x := scale / 2; x < img.Width; x += scale {
			r, _, _ := img.At(x, y)
			row += string(rune('a' + (int(r)+25)/50))
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "/")
}

func TestOrientation(t *testing.T) {
	const scale = 16
	stored := letters("ab/cd/ef", scale)
	rgb := toRGB(stored)
	for orientation := uint16(0); orientation < 12; orientation++ {
		want := displayed[1]
		if 1 <= orientation && orientation <= 8 {
			want = displayed[orientation]
		}
		files := map[string][]byte{"tiff": tiffFile(rgb.Width, rgb.Height, rgb.Pix, orientation)}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, format := range []string{"jpeg", "png"} {
				files[format+" "+order.String()] = withEXIF(t, format, encode(t, format, stored),
					exifData(order, orientation))
			}
		}
		for name, file := range files {
			img, err := Decode(file, Limits{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := read(img, scale); got != want {
				t.Errorf("%s, orientation %d: got %s, want %s", name, orientation, got, want)
			}
		}
	}
}

// TestOrientationWebP: the sides change places where the image is turned.
func TestOrientationWebP(t *testing.T) {
	for orientation := uint16(1); orientation <= 8; orientation++ {
		file := webpFile(extendedHeader(0x18, 3, 2), chunk("VP8L", losslessWebP(3, 2, color.NRGBA{R: 9, A: 255})),
			chunk("EXIF", exifData(binary.LittleEndian, orientation)))
		img, err := Decode(file, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := "3×2"
		if orientation >= 5 {
			want = "2×3"
		}
		if got := fmt.Sprintf("%d×%d", img.Width, img.Height); got != want {
			t.Errorf("orientation %d: is %s, want %s", orientation, got, want)
		}
	}
}

// TestBrokenMetadata: a file whose metadata make no sense is decoded as it is.
func TestBrokenMetadata(t *testing.T) {
	whole := exifData(binary.LittleEndian, 6)
	for n := range len(whole) - 6 {
		file := withEXIF(t, "jpeg", encode(t, "jpeg", letters("ab/cd/ef", 16)), whole[:n])
		if _, err := Decode(file, Limits{}); err != nil {
			t.Errorf("metadata cut to %d bytes: %v", n, err)
		}
	}
	file := withEXIF(t, "png", encode(t, "png", letters("ab", 1)), []byte("nonsense"))
	if img, err := Decode(file, Limits{}); err != nil || img.Width != 2 {
		t.Errorf("got %v, %v", img, err)
	}
}
