package imageio

import (
	"encoding/binary"
	"errors"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
)

// TestLosslessFormats: the pixels come back as they went in.
func TestLosslessFormats(t *testing.T) {
	want := testPattern(5, 4)
	for _, format := range []string{"png", "bmp", "tiff", "gif"} {
		img, err := Decode(encode(t, format, want), Limits{})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		for y := range 4 {
			for x := range 5 {
				w := want.RGBAAt(x, y)
				if r, g, b := img.At(x, y); format != "gif" && (color.RGBA{r, g, b, 255}) != w {
					t.Errorf("%s, column %d, row %d: got %d %d %d, want %v", format, x, y, r, g, b, w)
				}
			}
		}
	}
}

// TestFileSizes: every format at the smallest sizes.
func TestFileSizes(t *testing.T) {
	for _, format := range formatNames {
		for _, size := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {17, 9}} {
			img, err := Decode(sampleFile(t, format, size[0], size[1]), Limits{})
			if err != nil {
				t.Errorf("%s, %v: %v", format, size, err)
			} else if img.Width != size[0] || img.Height != size[1] || len(img.Pix) != 3*size[0]*size[1] {
				t.Errorf("%s, %v: is %d×%d with %d samples", format, size, img.Width, img.Height, len(img.Pix))
			}
		}
	}
}

// TestTruncated: a file that ends early is an error that names it.
func TestTruncated(t *testing.T) {
	for _, format := range formatNames {
		whole := sampleFile(t, format, 40, 30)
		for _, share := range []float64{0.3, 0.6, 0.8} {
			file := whole[:int(share*float64(len(whole)))]
			path := write(t, "broken."+format, file)
			img, err := DecodeFile(path, Limits{})
			if err == nil {
				t.Errorf("%s cut to %v: no error, %d×%d pixels", format, share, img.Width, img.Height)
				continue
			}
			var e *Error
			if !errors.As(err, &e) || e.Path != path || e.Format != format && e.Format != "" {
				t.Errorf("%s cut to %v: error is %#v", format, share, err)
			}
			if !strings.HasPrefix(err.Error(), "imageio: "+path+": ") {
				t.Errorf("%s cut to %v: %v", format, share, err)
			}
		}
	}
}

// TestBombs: headers that promise too many pixels, each in a tiny file.
func TestBombs(t *testing.T) {
	const huge = 60000
	png := sampleFile(t, "png", 1, 1)
	binary.BigEndian.PutUint32(png[16:], huge)
	binary.BigEndian.PutUint32(png[20:], huge)
	fixCRC(png[12 : 8+25])
	jpeg := sampleFile(t, "jpeg", 1, 1)
	frame := strings.Index(string(jpeg), "\xff\xc0")
	binary.BigEndian.PutUint16(jpeg[frame+5:], huge)
	binary.BigEndian.PutUint16(jpeg[frame+7:], huge)
	gif := sampleFile(t, "gif", 1, 1)
	binary.LittleEndian.PutUint16(gif[6:], huge)
	binary.LittleEndian.PutUint16(gif[8:], huge)
	bmp := sampleFile(t, "bmp", 1, 1)
	binary.LittleEndian.PutUint32(bmp[18:], huge)
	binary.LittleEndian.PutUint32(bmp[22:], huge)
	for format, file := range map[string][]byte{
		"png": png, "jpeg": jpeg, "gif": gif, "bmp": bmp,
		"tiff": tiffFile(20000, 20000, nil, 1),
		"webp": webpFile(extendedHeader(0, 16384, 16384), chunk("VP8L", losslessWebP(16384, 16384, color.NRGBA{}))),
	} {
		_, err := Decode(file, Limits{})
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestMaxPixels(t *testing.T) {
	for _, format := range formatNames {
		file := sampleFile(t, format, 20, 10)
		if _, err := Decode(file, Limits{MaxPixels: 200}); err != nil {
			t.Errorf("%s: 200 pixels of 200: %v", format, err)
		}
		_, err := Decode(file, Limits{MaxPixels: 199})
		want := "imageio: " + format + ": the image is too large: its header says 20×10, more than 199 pixels"
		if !errors.Is(err, ErrTooLarge) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", format, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"text.jpg", []byte("hello world, not an image"), ": not a JPEG, PNG, WebP, GIF, BMP, TIFF or PNM image"},
		{"empty.png", nil, ": the file is empty"},
		{"short.png", []byte("\x89PNG\r\n\x1a\n\x00\x00"), ": png: the file is truncated: it ends within its header"},
		{
			"moving.webp", webpFile(extendedHeader(2, 4, 4), chunk("ANIM", make([]byte, 6))),
			": webp: the file is truncated or corrupt: it says that it is animated and has no whole frame",
		},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeFile(path, Limits{}); err == nil || err.Error() != "imageio: "+path+c.want {
			t.Errorf("got  %v\nwant imageio: %s%s", err, path, c.want)
		}
	}
	missing := filepath.Join(dir, "missing.png")
	_, err := DecodeFile(missing, Limits{})
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "imageio: "+missing+": no such file or directory" {
		t.Errorf("got %v", err)
	}
	if _, err := DecodeFile(dir, Limits{}); err == nil || strings.Count(err.Error(), dir) != 1 || Undecodable(err) {
		t.Errorf("got %v", err)
	}
	if Undecodable(err) {
		t.Errorf("that a file is missing says nothing about its bytes: %v", err)
	}
	if _, err := DecodeFile(filepath.Join(dir, "empty.png"), Limits{}); !Undecodable(err) {
		t.Errorf("an empty file is no image, whoever reads it: %v", err)
	}
}

// TestWrongExtension: the content decides, not the name.
func TestWrongExtension(t *testing.T) {
	img, err := DecodeFile(write(t, "photo.jpg", sampleFile(t, "png", 3, 2)), Limits{})
	if err != nil || img.Width != 3 {
		t.Errorf("got %v, %v", img, err)
	}
}

// write puts a file into a folder of the test's own and returns its path.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkDecode measures a photo of 500×375 pixels.
func BenchmarkDecode(b *testing.B) {
	for _, format := range []string{"jpeg", "png"} {
		file := encode(b, format, testPattern(500, 375))
		b.Run(format, func(b *testing.B) {
			var img *augment.Image
			b.SetBytes(500 * 375 * 3)
			for b.Loop() {
				var err error
				if img, err = Decode(file, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
			_ = img
		})
	}
}
