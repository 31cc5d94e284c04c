package attnmap

import (
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
)

func TestDraw(t *testing.T) {
	img := augment.NewImage(4, 2) // two patches beside each other
	heads := [][]float32{{0.1, 0.3}, {0.7, 0.1}}
	d, err := Draw(img, heads, Grid{1, 2}, 2, DefaultStyle())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Heads[0].Mask, []bool{false, true}) || !slices.Equal(d.Heads[1].Mask, []bool{true, false}) {
		t.Errorf("masks are %v and %v, want the stronger patch of each", d.Heads[0].Mask, d.Heads[1].Mask)
	}
	if !slices.Equal(d.Mean.Mask, []bool{true, false}) { // 0.4 and 0.2: the first holds two thirds
		t.Errorf("mask of the mean is %v", d.Mean.Mask)
	}
	if r, _, _ := d.Heads[0].Overlay.At(2, 1); r != 127 {
		t.Errorf("marked pixel has red %d, want 127", r)
	}
	if r, g, b := d.Heads[0].Heat.At(3, 0); r != 253 || g != 231 || b != 37 {
		t.Errorf("the strongest patch is %d %d %d, want Viridis' last colour", r, g, b)
	}
	sheet, err := d.Sheet(1)
	if err != nil {
		t.Fatal(err)
	}
	// Image, mean and two heads; heat maps above overlays.
	if sheet.Width != 4*4+3 || sheet.Height != 2*2+1 {
		t.Errorf("sheet is %d×%d, want 19×5", sheet.Width, sheet.Height)
	}
}

func TestDrawWithoutMasks(t *testing.T) {
	style := DefaultStyle()
	style.Mass = 0
	d, err := Draw(augment.NewImage(4, 2), [][]float32{{1, 2}}, Grid{1, 2}, 2, style)
	if err != nil {
		t.Fatal(err)
	}
	if d.Mean.Overlay != nil || d.Heads[0].Mask != nil {
		t.Error("there are masks")
	}
	sheet, err := d.Sheet(0)
	if err != nil {
		t.Fatal(err)
	}
	if sheet.Width != 12 || sheet.Height != 2 {
		t.Errorf("sheet is %d×%d, want 12×2", sheet.Width, sheet.Height)
	}
}

func TestDrawRejects(t *testing.T) {
	img := augment.NewImage(4, 2)
	_, err := Draw(img, nil, Grid{1, 2}, 2, DefaultStyle())
	testkit.RequireError(t, err, "0 heads")
	_, err = Draw(img, [][]float32{{1, 2}}, Grid{2, 1}, 2, DefaultStyle())
	testkit.RequireError(t, err, "4×2 pixels")
	_, err = Draw(img, [][]float32{{1, 2}, {1}}, Grid{1, 2}, 2, DefaultStyle())
	testkit.RequireError(t, err, "head 1 has 1 patches")
	_, err = Draw(img, [][]float32{{0, 0}}, Grid{1, 2}, 2, DefaultStyle())
	testkit.RequireError(t, err, "no mask can hold a share of it (head 0)")
}
