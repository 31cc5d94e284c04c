package attnmap

import (
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
)

func pictureOf(width int, pix ...uint8) *augment.Image {
	img := augment.NewImage(width, len(pix)/3/width)
	copy(img.Pix, pix)
	return img
}

func TestCrop(t *testing.T) {
	img := augment.NewImage(5, 4)
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	got, grid, err := Crop(img, 2)
	if err != nil {
		t.Fatal(err)
	}
	if (grid != Grid{2, 2}) || got.Width != 4 || got.Height != 4 {
		t.Fatalf("%d×%d in %+v, want 4×4 in 2×2", got.Width, got.Height, grid)
	}
	if r, _, b := got.At(3, 2); r != 2*15+9 || b != 2*15+11 {
		t.Errorf("pixel (3, 2) is %d … %d, want 39 … 41", r, b)
	}
	_, _, err = Crop(img, 5)
	testkit.RequireError(t, err, "5×4 pixels has no patch of 5×5")
	_, _, err = Crop(img, 0)
	testkit.RequireError(t, err, "no patch of 0×0")
}

func TestStretch(t *testing.T) {
	n := augment.NewNormalizer([3]float64{0.5, 0.5, 0.5}, [3]float64{1, 1, 1})
	got := Stretch(pictureOf(2, 10, 61, 110, 35, 10, 10), n)
	// 10 becomes 0 and 110 becomes 255; 130.05 and 63.75 round.
	if want := []uint8{0, 130, 255, 64, 0, 0}; !slices.Equal(got.Pix, want) {
		t.Errorf("stretched to %v, want %v", got.Pix, want)
	}
	if got := Stretch(pictureOf(1, 7, 7, 7), n); !slices.Equal(got.Pix, []uint8{0, 0, 0}) {
		t.Errorf("a flat image became %v, want black", got.Pix)
	}
}

func TestHeatMap(t *testing.T) {
	got, err := HeatMap([]float32{-1, 3, 3, 1}, 2, 2, Viridis)
	if err != nil {
		t.Fatal(err)
	}
	// The middle is halfway between the fifth and sixth colours.
	if want := []uint8{68, 1, 84, 253, 231, 37, 253, 231, 37, 35, 144, 140}; !slices.Equal(got.Pix, want) {
		t.Errorf("heat map is %v, want %v", got.Pix, want)
	}
	flat, err := HeatMap([]float32{2, 2}, 1, 2, Inferno)
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint8{0, 0, 4, 0, 0, 4}; !slices.Equal(flat.Pix, want) {
		t.Errorf("a flat heat map is %v, want %v", flat.Pix, want)
	}
	_, err = HeatMap([]float32{1}, 2, 2, Viridis)
	testkit.RequireError(t, err, "1 values for a heat map of 2×2")
}

func TestNamedColorMap(t *testing.T) {
	for _, name := range ColorMapNames() {
		m, err := NamedColorMap(name)
		if err != nil {
			t.Fatal(err)
		}
		// Lightness rises: that is what these maps are for.
		last := -1.0
		for i := range 101 {
			r, g, b := m.At(float64(i) / 100)
			light := 0.2126*float64(r) + 0.7152*float64(g) + 0.0722*float64(b)
			if light < last-1 {
				t.Errorf("%s is darker at %d %% than before", name, i)
			}
			last = light
		}
	}
	_, err := NamedColorMap("jet")
	testkit.RequireError(t, err, `colour map is "jet": must be one of inferno, viridis`)
}

func TestOverlay(t *testing.T) {
	img := pictureOf(2, 100, 101, 0, 100, 101, 0)
	got, err := Overlay(img, []bool{false, true}, [3]uint8{255, 0, 0}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint8{100, 101, 0, 177, 50, 0}; !slices.Equal(got.Pix, want) {
		t.Errorf("overlay is %v, want %v", got.Pix, want)
	}
	if img.Pix[3] != 100 {
		t.Error("Overlay changed its image")
	}
	_, err = Overlay(img, []bool{true}, [3]uint8{}, 0.5)
	testkit.RequireError(t, err, "a mask of 1 pixels for an image of 2×1")
	_, err = Overlay(img, []bool{true, true}, [3]uint8{}, 1.5)
	testkit.RequireError(t, err, "alpha is 1.5")
}

func TestBlend(t *testing.T) {
	got, err := Blend(pictureOf(1, 0, 100, 200), pictureOf(1, 100, 100, 0), 0.25)
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint8{25, 100, 150}; !slices.Equal(got.Pix, want) {
		t.Errorf("blend is %v, want %v", got.Pix, want)
	}
	_, err = Blend(pictureOf(1, 0, 0, 0), pictureOf(2, 0, 0, 0, 0, 0, 0), 0.5)
	testkit.RequireError(t, err, "1×1 and 2×1 pixels")
	_, err = Blend(got, got, -1)
	testkit.RequireError(t, err, "alpha is -1")
}

func TestSheet(t *testing.T) {
	a, b, c := pictureOf(1, 1, 1, 1), pictureOf(2, 2, 2, 2, 2, 2, 2), pictureOf(1, 3, 3, 3, 3, 3, 3)
	sheet, err := Sheet([][]*augment.Image{{a, b}, {nil, c}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Columns of 1 and 2 pixels, rows of 1 and 2, and a gap between.
	var got []uint8
	for i := 0; i < len(sheet.Pix); i += 3 {
		got = append(got, sheet.Pix[i])
	}
	const w = 255
	want := []uint8{
		1, w, 2, 2,
		w, w, w, w,
		w, w, 3, w,
		w, w, 3, w,
	}
	if sheet.Width != 4 || !slices.Equal(got, want) {
		t.Errorf("sheet of width %d is %v, want %v", sheet.Width, got, want)
	}
	_, err = Sheet([][]*augment.Image{{nil}, {}}, 1)
	testkit.RequireError(t, err, "no picture")
	_, err = Sheet([][]*augment.Image{{a}}, -1)
	testkit.RequireError(t, err, "gap of the contact sheet is -1")
}
