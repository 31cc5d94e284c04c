package imageio_test

import (
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

func TestEncodedIsDecoded(t *testing.T) {
	img := augment.NewImage(16, 8)
	for i := range img.Pix {
		img.Pix[i] = uint8(40 + i/3)
	}
	lossless, err := imageio.EncodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := imageio.Decode(lossless, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Width != 16 || !slices.Equal(got.Pix, img.Pix) {
		t.Error("the PNG has other pixels")
	}
	lossy, err := imageio.EncodeJPEG(img, 95)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = imageio.Decode(lossy, imageio.Limits{}); err != nil {
		t.Fatal(err)
	}
	for i, v := range got.Pix {
		if d := int(v) - int(img.Pix[i]); d < -6 || d > 6 {
			t.Fatalf("sample %d of the JPEG is %d, was %d", i, v, img.Pix[i])
		}
	}
}
