package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/augment"
)

func TestPixelFeaturesAreCentredPixels(t *testing.T) {
	img := augment.NewImage(2, 2)
	img.Set(0, 0, 10, 20, 30)
	img.Set(1, 0, 40, 50, 60)
	img.Set(0, 1, 70, 80, 90)
	img.Set(1, 1, 100, 110, 120)
	for i, got := range PixelFeatures(img, 2) {
		if want := (float64(10*(i+1)) - 65) / 255; math.Abs(float64(got)-want) > 1e-7 {
			t.Errorf("feature %d is %v, want %v", i, got, want)
		}
	}
}

// pattern draws a random picture that class decides, at some brightness and
// contrast, with noise.
func pattern(rng *rand.Rand, class, width, height int) *augment.Image {
	img := augment.NewImage(width, height)
	base, contrast := 80+60*rng.Float64(), 15+15*rng.Float64()
	for y := range height {
		for x := range width {
			phase := float64((class+1)*(x-width/2))/9 + float64(class*(y-height/2))/7
			v := base + contrast*math.Sin(phase) + 4*rng.NormFloat64()
			img.Set(x, y, uint8(v), uint8(v+20), uint8(v/2))
		}
	}
	return img
}

// Brightness and contrast differ within a class; the picture decides.
func TestPixelFeaturesIgnoreBrightness(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	sample := func(n int) Features {
		var f Features
		for i := range n {
			row := PixelFeatures(pattern(rng, i%4, 48, 40), 32)
			f.Rows, f.Cols = f.Rows+1, len(row)
			f.Data = append(f.Data, row...)
			f.Labels = append(f.Labels, i%4)
		}
		return f
	}
	train, test := sample(40), sample(20)
	if train.Cols != 3*32*32 {
		t.Fatalf("%d features, want %d", train.Cols, 3*32*32)
	}
	scores, err := KNN{K: []int{5}, Temperature: 0.07}.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if scores[0].Top1() != 100 {
		t.Errorf("accuracy is %v %%, want 100 %%", scores[0].Top1())
	}
}

// A plain image has no direction at all, and no reason to be an error.
func TestPixelFeaturesOfAPlainImage(t *testing.T) {
	for _, v := range PixelFeatures(augment.NewImage(7, 5), 4) {
		if v != 0 {
			t.Fatalf("a black image has feature %v, want 0", v)
		}
	}
}
