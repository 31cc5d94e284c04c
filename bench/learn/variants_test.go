package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// photos writes three images of each of two classes.
func photos(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "photos")
	for i, name := range []string{"cat-0", "cat-1", "cat-2", "dog-0", "dog-1", "dog-2"} {
		img := image.NewRGBA(image.Rect(0, 0, 8, 8))
		for p := range 64 {
			img.SetRGBA(p%8, p/8, color.RGBA{uint8(4 * p), uint8(30 * i), 90, 255})
		}
		path := filepath.Join(dir, name[:3], name+".png")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

func TestVariants(t *testing.T) {
	data, out := photos(t), t.TempDir()
	for _, c := range []struct {
		variant         string
		classes, images int
		model           color.Model // of what is read back; nil: any
	}{
		{All, 2, 6, nil},
		{"4", 2, 4, nil},
		{"grey", 2, 6, color.GrayModel},
		{"deep", 2, 6, color.RGBA64Model},
		{"copies", 2, 18, nil},
		{"one", 1, 3, nil},
	} {
		for range 2 { // made, and found
			folder, _, err := prepare(data, c.variant, out)
			if err != nil {
				t.Fatalf("%s: %v", c.variant, err)
			}
			classes, err := list(folder)
			if err != nil {
				t.Fatal(err)
			}
			images := 0
			for _, class := range classes {
				images += len(class.files)
			}
			if len(classes) != c.classes || images != c.images {
				t.Errorf("%s: %d classes, %d images, want %d and %d", c.variant, len(classes), images, c.classes,
					c.images)
			}
			f, err := os.Open(classes[0].files[0])
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(f)
			if f.Close(); err != nil || c.model != nil && img.ColorModel() != c.model {
				t.Errorf("%s: %s is read as %T (%v)", c.variant, f.Name(), img, err)
			}
		}
	}
	for _, wrong := range []string{"7", "blue"} {
		if _, _, err := prepare(data, wrong, out); err == nil {
			t.Errorf("%s is made", wrong)
		}
	}
}
