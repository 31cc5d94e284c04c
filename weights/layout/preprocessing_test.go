package layout_test

import (
	"testing"

	"github.com/dino-go/dino/weights/layout"
)

// The official evaluation resizes to 256 and cuts out 224.
func TestForCrop(t *testing.T) {
	for size, want := range map[int]int{224: 256, 112: 128, 16: 18, 7: 8} {
		got := layout.ForCrop(size, [3]float64{}, [3]float64{1, 1, 1})
		if got.Shorter() != want || got.Size != size || got.Interpolation != layout.Bicubic {
			t.Errorf("crop %d: %+v with a shorter side of %d, want %d", size, got, got.Shorter(), want)
		}
	}
}
