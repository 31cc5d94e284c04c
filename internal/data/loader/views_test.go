package loader

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
)

func noise(width, height int) *augment.Image {
	img := augment.NewImage(width, height)
	rng := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.Uint32())
	}
	return img
}

// buffers returns one image's views of the given sizes.
func buffers(sizes []Size) [][]float32 {
	return (&bufferPool{sizes: sizes}).get(1)
}

func TestCropsAreThoseOfThePolicy(t *testing.T) {
	policy := augment.Default(augment.Paper)
	policy.GlobalCrops.Size, policy.LocalCrops.Size, policy.LocalCrops.Number = 32, 16, 3
	crops, err := augment.New(policy, 16)
	if err != nil {
		t.Fatal(err)
	}
	sizes, newRender := Crops(crops, 9)
	if diff := cmp.Diff([]Size{{32, 32}, {32, 32}, {16, 16}, {16, 16}, {16, 16}}, sizes); diff != "" {
		t.Fatalf("sizes (-want +got):\n%s", diff)
	}
	img := noise(50, 40)
	before := append([]uint8(nil), img.Pix...)
	render, got := newRender(), buffers(sizes)
	render(noise(70, 30), 1, 1, got) // scratch memory of another image must not show
	render(img, 4, 17, got)
	want := buffers(sizes)
	for v, view := range crops.Sample(augment.NewRand(9, 4, 17), 50, 40) {
		crops.Render(want[v], img, view, new(augment.Scratch))
		testkit.AllClose(t, "view", got[v], want[v], 0)
	}
	if diff := cmp.Diff(before, img.Pix); diff != "" {
		t.Error("rendering changed the image, which may be in the cache")
	}
}

func TestPlainView(t *testing.T) {
	normalizer := augment.NewNormalizer([3]float64{0.5, 0.4, 0.3}, [3]float64{0.2, 0.2, 0.2})
	op := augment.ResizeShorterCenterCrop{Shorter: 20, Crop: 16, Interpolation: augment.Bicubic}
	sizes, newRender := Plain(augment.Preparation{
		Height: 16, Width: 16, Target: [2]int{20, 20}, Interpolation: augment.Bicubic,
		Mean: [3]float64{0.5, 0.4, 0.3}, Std: [3]float64{0.2, 0.2, 0.2},
	})
	img, got, want := noise(50, 40), buffers(sizes), buffers(sizes)
	newRender()(img, 0, 3, got)
	normalizer.Into(want[0], new(augment.Scratch).Apply(img, op))
	testkit.AllClose(t, "view", got[0], want[0], 0)
}
