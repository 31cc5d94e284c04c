package attnmap

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// TestGoldenEval runs the cases of the golden family eval that are about
// pictures; the tests of package eval run the others, and fail on unknown kinds.
func TestGoldenEval(t *testing.T) {
	testkit.GoldenCases(t, "eval", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "attention_mask" {
			t.Skipf("TestGoldenEval of package eval runs kind %s", c.Kind)
		}
		goldenMask(t, c)
	})
}

func goldenMask(t *testing.T, c *testkit.Case) {
	var params struct {
		Grid      [2]int        `json:"grid"`
		Heads     int           `json:"heads"`
		Patch     int           `json:"patch_size"`
		Threshold testkit.Float `json:"threshold"`
	}
	c.Params(&params)
	var stored struct {
		Image string           `json:"image"`
		Alpha testkit.Float    `json:"overlay_alpha"`
		Color [3]testkit.Float `json:"overlay_color"`
		Used  [2]int           `json:"used_size"`
	}
	c.Decode(&stored)
	io := c.Tensors(t, "io.safetensors")

	img, grid, err := Crop(decodePNG(t, filepath.Join(c.Dir, stored.Image)), params.Patch)
	if err != nil {
		t.Fatal(err)
	}
	if (grid != Grid{params.Grid[0], params.Grid[1]}) || img.Height != stored.Used[0] || img.Width != stored.Used[1] {
		t.Fatalf("%dx%d pixels in %+v, want %v in %v", img.Height, img.Width, grid, stored.Used, params.Grid)
	}
	shown := Stretch(img, augment.NewNormalizer([3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}))
	if !slices.Equal(shown.Pix, goldenTensor(t, io, "image").Data) {
		t.Error("the stretched image differs")
	}
	attention := goldenTensor(t, io, "attention")
	probabilities, err := attention.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := ClassAttention(probabilities, attention.Shape[1], attention.Shape[2], attention.Shape[3], grid)
	if err != nil {
		t.Fatal(err)
	}
	if len(heads) != params.Heads {
		t.Errorf("%d heads, want %d", len(heads), params.Heads)
	}
	masks, heat := goldenPlanes(t, io, "mask"), goldenPlanes(t, io, "heatmap")
	overlays := goldenTensor(t, io, "overlay").Data
	color := [3]uint8{uint8(255 * stored.Color[0]), uint8(255 * stored.Color[1]), uint8(255 * stored.Color[2])}
	size := img.Width * img.Height
	for h, head := range heads {
		testkit.AllClose(t, "heatmap", Upsample(head, grid, params.Patch), heat[h*size:(h+1)*size], 0)
		patches, err := Mask(head, float64(params.Threshold))
		if err != nil {
			t.Fatal(err)
		}
		mask := Upsample(patches, grid, params.Patch)
		for i, marked := range mask {
			if marked != (masks[h*size+i] == 1) {
				t.Fatalf("head %d, pixel %d: marked is %v, want %v", h, i, marked, masks[h*size+i])
			}
		}
		overlay, err := Overlay(shown, mask, color, float64(stored.Alpha))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(overlay.Pix, overlays[3*h*size:3*(h+1)*size]) {
			t.Errorf("head %d: the overlay differs", h)
		}
	}
}

func goldenTensor(t *testing.T, f *weights.File, name string) weights.Tensor {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return tensor
}

func goldenPlanes(t *testing.T, f *weights.File, name string) []float32 {
	t.Helper()
	values, err := goldenTensor(t, f, name).Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func decodePNG(t *testing.T, path string) *augment.Image {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	b := decoded.Bounds()
	img := augment.NewImage(b.Dx(), b.Dy())
	for y := range img.Height {
		for x := range img.Width {
			r, g, bl, _ := decoded.At(b.Min.X+x, b.Min.Y+y).RGBA()
			img.Set(x, y, uint8(r>>8), uint8(g>>8), uint8(bl>>8))
		}
	}
	return img
}
