//go:build goexperiment.simd

package jpeg

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/augment"
)

// TestVectorsEqualPortable converts images of all widths around a few vectors
// with and without vectors.
func TestVectorsEqualPortable(t *testing.T) {
	if !vectors {
		t.Skip("this machine has no AVX2")
	}
	defer func() { vectors = true }()
	rng := rand.New(rand.NewPCG(1, 2))
	for width := 1; width < 140; width++ {
		for _, ratio := range []image.YCbCrSubsampleRatio{
			image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
			image.YCbCrSubsampleRatio440,
		} {
			m := image.NewYCbCr(image.Rect(0, 0, width, 5), ratio)
			for _, plane := range [][]uint8{m.Y, m.Cb, m.Cr} {
				for i := range plane {
					plane[i] = uint8(rng.Uint32())
				}
			}
			fast, slow := augment.NewImage(width, 5), augment.NewImage(width, 5)
			vectors = true
			FromYCbCr(fast, m)
			vectors = false
			if FromYCbCr(slow, m); !bytes.Equal(fast.Pix, slow.Pix) {
				t.Errorf("%v, width %d: the results differ", ratio, width)
			}
		}
	}
}
