package augment_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// photo is the usual image of a photo collection: 500×375, smooth with detail.
func photo() *augment.Image {
	img := augment.NewImage(500, 375)
	for y := range img.Height {
		for x := range img.Width {
			u, v := float64(x), float64(y)
			wave := 40 * math.Sin(u/9+math.Cos(v/23)*3) * math.Cos(v/7)
			img.Set(x, y, uint8(128+wave+50*math.Sin(u/90)), uint8(110+wave+60*math.Cos(v/70)),
				uint8(120-wave+70*math.Sin((u+v)/110)))
		}
	}
	return img
}

// photoFile is the photo as a JPEG file of 4:2:0.
func photoFile(b *testing.B) []byte {
	img := photo()
	rgba := image.NewRGBA(image.Rect(0, 0, img.Width, img.Height))
	for y := range img.Height {
		for x := range img.Width {
			r, g, b := img.At(x, y)
			rgba.SetRGBA(x, y, color.RGBA{R: r, G: g, B: b, A: 255})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, rgba, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	return file.Bytes()
}

// BenchmarkOps measures each operation on a global view.
func BenchmarkOps(b *testing.B) {
	whole := photo()
	crop := augment.ResizedCrop{
		Box:   augment.Box{Top: 20, Left: 40, Height: 300, Width: 360},
		Width: 224, Height: 224, Interpolation: augment.Bicubic,
	}
	linear := crop
	linear.Interpolation = augment.Bilinear
	small := new(augment.Scratch).Apply(whole, crop)
	for _, bench := range []struct {
		name string
		img  *augment.Image
		op   augment.Op
	}{
		{"crop-bicubic", whole, crop},
		{"crop-bilinear", whole, linear},
		{"flip", small, augment.HFlip{}},
		{"brightness", small, augment.Brightness{Factor: 1.2}},
		{"contrast", small, augment.Contrast{Factor: 1.2}},
		{"saturation", small, augment.Saturation{Factor: 1.1}},
		{"hue", small, augment.Hue{Factor: 0.07}},
		{"gray", small, augment.Grayscale{}},
		{"blur-pil", small, augment.GaussianBlurPIL{Radius: 1.2}},
		{"blur-kernel", small, augment.GaussianBlurKernel{KernelSize: 23, Sigma: 1.2}},
		{"solarize", small, augment.Solarize{Threshold: 128}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			scratch := new(augment.Scratch)
			b.ReportAllocs()
			for b.Loop() {
				scratch.Apply(bench.img, bench.op)
			}
		})
	}
	b.Run("normalize", func(b *testing.B) {
		normalizer := augment.NewNormalizer([3]float64{0.5, 0.5, 0.5}, [3]float64{0.2, 0.2, 0.2})
		dst := make([]float32, len(small.Pix))
		for b.Loop() {
			normalizer.Into(dst, small)
		}
	})
}

// BenchmarkMultiCrop measures all views of a photo on one core: 2 of 224 and 6
// of 96 pixels, with and without decoding.
func BenchmarkMultiCrop(b *testing.B) {
	file, img := photoFile(b), photo()
	for _, policy := range []augment.Policy{augment.Paper, augment.Seed} {
		config := augment.Default(policy)
		config.LocalCrops.Number = 6
		views, err := augment.New(config, 16)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(policy)+"/views", func(b *testing.B) {
			renderViews(b, views, func() *augment.Image { return img })
		})
		b.Run(string(policy)+"/decode+views", func(b *testing.B) {
			renderViews(b, views, func() *augment.Image {
				decoded, err := imageio.Decode(file, imageio.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				return decoded
			})
		})
	}
}

func renderViews(b *testing.B, views *augment.MultiCrop, load func() *augment.Image) {
	dst := make([]float32, 3*224*224)
	scratch := new(augment.Scratch)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		img := load()
		for _, view := range views.Sample(augment.NewRand(1, 0, i), img.Width, img.Height) {
			views.Render(dst[:3*view.Size*view.Size], img, view, scratch)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "img/s")
}
