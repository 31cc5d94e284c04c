//go:build goexperiment.simd

package imageio

import (
	"bytes"
	"image"
	"testing"
)

// TestVectorsEqualPortable converts images of all widths around a few vectors
// with and without vectors.
func TestVectorsEqualPortable(t *testing.T) {
	if !vectors {
		t.Skip("this machine has no AVX2")
	}
	defer func() { vectors = true }()
	for width := 1; width < 140; width++ {
		for _, ratio := range []image.YCbCrSubsampleRatio{
			image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
			image.YCbCrSubsampleRatio440,
		} {
			m := ycbcr(ratio, width, 5)
			vectors = true
			fast := toRGB(m)
			vectors = false
			if slow := toRGB(m); !bytes.Equal(fast.Pix, slow.Pix) {
				t.Errorf("%v, width %d: the results differ", ratio, width)
			}
		}
	}
}
