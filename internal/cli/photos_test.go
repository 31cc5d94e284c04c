package cli

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/dino-go/dino/internal/data/synth"
)

// fataler is what the helpers here need; *testing.T and *testscript.TestScript have it.
type fataler interface {
	Fatalf(format string, args ...any)
}

// photos draws images of 20 pixels into a folder: so many in each of so many class folders, or all
// in one place without classes.
func photos(t fataler, dir string, classes, each int) {
	for class := range max(classes, 1) {
		below := dir
		if classes > 0 {
			below = filepath.Join(dir, synth.Classes()[class].Name)
		}
		for i := range each {
			save(t, filepath.Join(below, fmt.Sprintf("%03d.png", i)), synth.Draw(1, class, i, 20), png.Encode)
		}
	}
}

func save(t fataler, path string, img image.Image, encode func(io.Writer, image.Image) error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatalf("%v", err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if err := encode(f, img); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := f.Close(); err != nil {
		t.Fatalf("%v", err)
	}
}

// formats writes one image of every kind that people have. The CMYK JPEG and the WebP, which Go
// cannot encode, are files.
func formats(t fataler, dir string) {
	drawing := synth.Draw(1, 3, 0, 24)
	as := func(to draw.Image) image.Image {
		draw.Draw(to, to.Bounds(), drawing, image.Point{}, draw.Src)
		return to
	}
	bounds := drawing.Bounds()
	palette := color.Palette{color.Black, color.White, color.NRGBA{R: 200, A: 255}, color.Transparent}
	through := image.NewNRGBA(bounds)
	for i := range through.Pix {
		through.Pix[i] = uint8(i * 7) // any alpha
	}
	asJPEG := func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
	asGIF := func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }
	asTIFF := func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) }
	for name, file := range map[string]struct {
		img    image.Image
		encode func(io.Writer, image.Image) error
	}{
		"rgb.jpg":       {drawing, asJPEG},
		"gray.jpeg":     {as(image.NewGray(bounds)), asJPEG},
		"rgb.png":       {drawing, png.Encode},
		"gray.png":      {as(image.NewGray(bounds)), png.Encode},
		"gray16.png":    {as(image.NewGray16(bounds)), png.Encode},
		"rgb16.png":     {as(image.NewNRGBA64(bounds)), png.Encode},
		"palette.PNG":   {as(image.NewPaletted(bounds, palette)), png.Encode},
		"alpha.png":     {through, png.Encode},
		"animation.gif": {drawing, asGIF},
		"rgb.bmp":       {drawing, bmp.Encode},
		"rgb.tiff":      {drawing, asTIFF},
		"gray16.tif":    {as(image.NewGray16(bounds)), asTIFF},
	} {
		save(t, filepath.Join(dir, name), file.img, file.encode)
	}
	if err := os.CopyFS(dir, os.DirFS(formatFiles)); err != nil {
		t.Fatalf("%v", err)
	}
}

// formatFiles holds what formats copies.
var formatFiles, _ = filepath.Abs("testdata/formats")

// tiny is the path of the configuration that all runs here use.
var tiny, _ = filepath.Abs("testdata/tiny.yaml")

func mustWrite(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
