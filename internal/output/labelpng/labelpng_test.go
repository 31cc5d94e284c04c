package labelpng

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/eval"
)

func TestWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map.png")
	rapid.Check(t, func(t *rapid.T) {
		m := eval.NewLabelMap(rapid.IntRange(1, 9).Draw(t, "width"), rapid.IntRange(1, 9).Draw(t, "height"))
		for i := range m.Labels {
			m.Labels[i] = rapid.Uint8().Draw(t, "label")
		}
		if err := Write(path, m); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The first colours are those of the benchmark's own files.
func TestPalette(t *testing.T) {
	p := palette()
	for label, want := range map[int]color.RGBA{
		0: {0, 0, 0, 255}, 1: {128, 0, 0, 255}, 2: {0, 128, 0, 255}, 3: {128, 128, 0, 255}, 4: {0, 0, 128, 255},
		8: {64, 0, 0, 255}, 255: {224, 224, 192, 255},
	} {
		if p[label] != want {
			t.Errorf("label %d has %v, want %v", label, p[label], want)
		}
	}
}

func save(t *testing.T, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "map.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGreyMaps(t *testing.T) {
	rect := image.Rect(0, 0, 3, 1)
	for name, c := range map[string]struct{ pix, want []uint8 }{
		"numbers":               {[]uint8{0, 2, 255}, []uint8{0, 2, 255}},
		"black and white":       {[]uint8{0, 255, 0}, []uint8{0, 1, 0}},
		"nothing but the world": {[]uint8{0, 0, 0}, []uint8{0, 0, 0}},
	} {
		grey, rgb := image.NewGray(rect), image.NewNRGBA(rect)
		copy(grey.Pix, c.pix)
		for x, v := range c.pix {
			rgb.SetNRGBA(x, 0, color.NRGBA{v, v, v, 255})
		}
		for _, img := range []image.Image{grey, rgb} {
			got, err := Read(save(t, img))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(eval.LabelMap{Width: 3, Height: 1, Labels: c.want}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestReadRejects(t *testing.T) {
	red := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	red.SetNRGBA(1, 0, color.NRGBA{200, 0, 0, 255})
	text := filepath.Join(t.TempDir(), "map.png")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(save(t, red))
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.png")
	if err := os.WriteFile(half, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		save(t, red):                         "pixel (1, 0) has the colour 200, 0, 0: a map must be indexed or grey",
		text:                                 "must be a PNG file",
		half:                                 "EOF",
		filepath.Join(t.TempDir(), "absent"): "no such file",
	} {
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want one with %q", path, err, want)
		}
	}
	if err := Write(text, eval.LabelMap{Width: 2, Height: 2}); err == nil ||
		!strings.Contains(err.Error(), "2×2 with 0 labels") {
		t.Errorf("an empty map: %v", err)
	}
}
