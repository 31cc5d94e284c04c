package attnmap

import (
	"image/png"
	"math"
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
	goldenStretched(t, img, shown, goldenTensor(t, io, "image").Data)
	copy(shown.Pix, goldenTensor(t, io, "image").Data) // what is laid over it is compared by itself
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
	for h, head := range heads {
		patches, err := Mask(head, float64(params.Threshold))
		if err != nil {
			t.Fatal(err)
		}
		mask := Upsample(patches, grid, params.Patch)
		goldenHead(t, io, h, Upsample(head, grid, params.Patch), mask)
		color := [3]uint8{uint8(255 * stored.Color[0]), uint8(255 * stored.Color[1]), uint8(255 * stored.Color[2])}
		overlay, err := Overlay(shown, mask, color, float64(stored.Alpha))
		if err != nil {
			t.Fatal(err)
		}
		n := len(overlay.Pix)
		if !slices.Equal(overlay.Pix, goldenTensor(t, io, "overlay").Data[h*n:(h+1)*n]) {
			t.Errorf("head %d: the overlay differs", h)
		}
	}
}

// goldenStretched compares the image that is shown. Half a level is rounded up or down as float32
// has it: there the exact value decides nothing, and both are right.
func goldenStretched(t *testing.T, img, shown *augment.Image, want []byte) {
	t.Helper()
	mean, std := [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}
	normal := make([]float64, len(img.Pix))
	for i, v := range img.Pix {
		normal[i] = (float64(v)/255 - mean[i%3]) / std[i%3]
	}
	low, high := slices.Min(normal), slices.Max(normal)
	for i, v := range normal {
		exact := 255 * (v - low) / (high - low)
		half := math.Abs(exact-math.Floor(exact)-0.5) < 1e-3
		got, want := float64(shown.Pix[i]), float64(want[i])
		if got != want && !(half && math.Abs(got-want) == 1) {
			t.Fatalf("sample %d of the stretched image is %v, want %v (exactly %v)", i, got, want, exact)
		}
	}
}

// goldenHead compares one head's planes, [height, width].
func goldenHead(t *testing.T, io *weights.File, head int, heat []float32, mask []bool) {
	t.Helper()
	first, end := head*len(heat), (head+1)*len(heat)
	testkit.AllClose(t, "heatmap", heat, goldenPlanes(t, io, "heatmap")[first:end], 0)
	for i, want := range goldenPlanes(t, io, "mask")[first:end] {
		if mask[i] != (want == 1) {
			t.Fatalf("head %d, pixel %d: marked is %v, want %v", head, i, mask[i], want)
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
