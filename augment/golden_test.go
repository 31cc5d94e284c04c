package augment_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// TestGoldenAugment compares every operation, whole views, JPEG decoding and
// the distribution of the draws with the reference.
func TestGoldenAugment(t *testing.T) {
	testkit.GoldenCases(t, "augment", func(t *testing.T, c *testkit.Case) {
		switch c.Kind {
		case "ops":
			goldenOps(t, c)
		case "pipeline":
			goldenPipeline(t, c)
		case "stats":
			goldenStats(t, c)
		case "jpeg":
			goldenJPEG(t, c)
		default:
			c.UnknownKind()
		}
	})
}

// levels is the tolerance of an image, in grey levels. A nil bound is no bound.
type levels struct {
	MaxAbs  *float64 `json:"max_abs"`
	MeanAbs *float64 `json:"mean_abs"`
}

// exact is what the arithmetic of the operations allows.
var exact = levels{MaxAbs: new(float64), MeanAbs: new(float64)}

// goldenOp is an operation as case.json stores it. Kind ops keeps the parameters
// in a field of their own, kind pipeline beside the name.
type goldenOp struct {
	Op            string
	Top, Left     int
	Height, Width int
	Size          []int // h, w
	Interpolation augment.Interpolation
	Shorter, Crop int
	Factor        float64
	Radius        float64
	KernelSize    int `json:"kernel_size"`
	Sigma         float64
	Threshold     int
	Mean, Std     [3]float64
	Source        string
}

// op returns the operation; to_tensor_normalize is none.
func (g goldenOp) op() (augment.Op, error) {
	switch g.Op {
	case "resized_crop":
		return augment.ResizedCrop{
			Box:   augment.Box{Top: g.Top, Left: g.Left, Height: g.Height, Width: g.Width},
			Width: g.Size[1], Height: g.Size[0], Interpolation: g.Interpolation,
		}, nil
	case "resize_shorter":
		return augment.ResizeShorter{Shorter: g.Shorter, Interpolation: g.Interpolation}, nil
	case "resize_shorter_center_crop":
		return augment.ResizeShorterCenterCrop{Shorter: g.Shorter, Crop: g.Crop, Interpolation: g.Interpolation}, nil
	case "hflip":
		return augment.HFlip{}, nil
	case "adjust_brightness":
		return augment.Brightness{Factor: g.Factor}, nil
	case "adjust_contrast":
		return augment.Contrast{Factor: g.Factor}, nil
	case "adjust_saturation":
		return augment.Saturation{Factor: g.Factor}, nil
	case "adjust_hue":
		return augment.Hue{Factor: g.Factor}, nil
	case "grayscale3":
		return augment.Grayscale{}, nil
	case "gaussian_blur_pil":
		return augment.GaussianBlurPIL{Radius: g.Radius}, nil
	case "gaussian_blur_kernel":
		return augment.GaussianBlurKernel{KernelSize: g.KernelSize, Sigma: g.Sigma}, nil
	case "solarize":
		return augment.Solarize{Threshold: g.Threshold}, nil
	}
	return nil, fmt.Errorf("unknown operation %q", g.Op)
}

func goldenOps(t *testing.T, c *testkit.Case) {
	var stored struct {
		Input string
		Ops   []struct {
			Op        string
			Params    json.RawMessage
			Output    string
			Tolerance levels
		}
	}
	c.Decode(&stored)
	input, outputs := decodeFile(t, c, stored.Input), c.Tensors(t, "outputs.safetensors")
	if has(outputs, "input") {
		compareImage(t, "input", input, outputs, "input", exact)
	}
	for _, entry := range stored.Ops {
		var g goldenOp
		if err := json.Unmarshal(entry.Params, &g); err != nil {
			t.Fatal(err)
		}
		g.Op = entry.Op
		if g.Op == "to_tensor_normalize" {
			compareNormalized(t, entry.Output, g, imageTensor(t, outputs, g.Source), outputs, *entry.Tolerance.MaxAbs)
			continue
		}
		op, err := g.op()
		if err != nil {
			t.Fatal(err)
		}
		bound := exact
		if g.Op == "gaussian_blur_kernel" {
			bound = entry.Tolerance
		}
		compareImage(t, entry.Output, new(augment.Scratch).Apply(input, op), outputs, entry.Output, bound)
	}
}

func goldenPipeline(t *testing.T, c *testkit.Case) {
	var stored struct {
		Input string
		Views []struct {
			View      string
			Ops       []goldenOp
			Tolerance levels
		}
	}
	c.Decode(&stored)
	input, outputs := decodeFile(t, c, stored.Input), c.Tensors(t, "outputs.safetensors")
	scratch := new(augment.Scratch)
	for _, view := range stored.Views {
		var ops []augment.Op
		var normalize *goldenOp
		bound := exact
		for _, g := range view.Ops {
			if normalize != nil {
				t.Fatalf("%s: %s after to_tensor_normalize", view.View, g.Op)
			}
			if g.Op == "to_tensor_normalize" {
				normalize = &g
				continue
			}
			op, err := g.op()
			if err != nil {
				t.Fatalf("%s: %v", view.View, err)
			}
			if g.Op == "gaussian_blur_kernel" {
				bound = view.Tolerance
			}
			ops = append(ops, op)
		}
		compareImage(t, view.View, scratch.Apply(input, ops...), outputs, view.View, bound)
		if name := view.View + "_normalized"; has(outputs, name) {
			if normalize == nil {
				t.Fatalf("%s: the case has %s but no to_tensor_normalize", view.View, name)
			}
			compareNormalized(t, name, *normalize, imageTensor(t, outputs, view.View), outputs, 1e-6)
		}
	}
}

func goldenJPEG(t *testing.T, c *testkit.Case) {
	var stored struct {
		Images []struct {
			File, Output string
			Tolerance    levels
		}
	}
	c.Decode(&stored)
	outputs := c.Tensors(t, "outputs.safetensors")
	for _, image := range stored.Images {
		compareImage(t, image.File, decodeFile(t, c, image.File), outputs, image.Output, image.Tolerance)
	}
}

// decodeFile decodes an image file of the case.
func decodeFile(t *testing.T, c *testkit.Case, file string) *augment.Image {
	t.Helper()
	img, err := imageio.DecodeFile(filepath.Join(c.Dir, file), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func has(f *weights.File, tensor string) bool { return slices.Contains(f.Names(), tensor) }

// imageTensor reads a U8 tensor [H, W, 3].
func imageTensor(t *testing.T, f *weights.File, name string) *augment.Image {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	if tensor.DType != weights.U8 || len(tensor.Shape) != 3 || tensor.Shape[2] != 3 {
		t.Fatalf("%s: is %s %v, want U8 [H, W, 3]", name, tensor.DType, tensor.Shape)
	}
	return &augment.Image{Height: tensor.Shape[0], Width: tensor.Shape[1], Pix: tensor.Data}
}

// compareImage fails unless got is the stored image within the bound.
func compareImage(t *testing.T, name string, got *augment.Image, f *weights.File, tensor string, bound levels) {
	t.Helper()
	want := imageTensor(t, f, tensor)
	if got.Width != want.Width || got.Height != want.Height {
		t.Errorf("%s: is %d×%d pixels, want %d×%d", name, got.Width, got.Height, want.Width, want.Height)
		return
	}
	worst, sum := 0.0, 0.0
	for i := range want.Pix {
		d := math.Abs(float64(got.Pix[i]) - float64(want.Pix[i]))
		worst, sum = max(worst, d), sum+d
	}
	mean := sum / float64(len(want.Pix))
	if bound.MaxAbs != nil && worst > *bound.MaxAbs {
		t.Errorf("%s: differs by up to %v grey levels, at most %v allowed", name, worst, *bound.MaxAbs)
	}
	if bound.MeanAbs != nil && mean > *bound.MeanAbs {
		t.Errorf("%s: differs by %.4f grey levels on average, at most %v allowed", name, mean, *bound.MeanAbs)
	}
}

// compareNormalized fails unless img normalised is the stored F32 [3, H, W].
func compareNormalized(t *testing.T, name string, g goldenOp, img *augment.Image, f *weights.File, tol float64) {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tensor.Shape, []int{3, img.Height, img.Width}) {
		t.Fatalf("%s: has shape %v, want [3 %d %d]", name, tensor.Shape, img.Height, img.Width)
	}
	got := make([]float32, len(want))
	augment.NewNormalizer(g.Mean, g.Std).Into(got, img)
	testkit.AllClose(t, name, got, want, tol)
}
