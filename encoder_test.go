package dino

import (
	"context"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/weights/layout"
)

// An Encoder asks its network what it is: one of another family embeds images of its own sizes, and
// says that it has no attention.
func TestEncoderOfAnotherFamily(t *testing.T) {
	p := layout.ForCrop(13, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.25, 0.25, 0.25})
	c := convnet.Config{Channels: 3, Dim: 6, Depth: 1}
	network, err := inference.Random(c, p, 1, "cpu")
	if err != nil {
		t.Fatal(err)
	}
	e := &Encoder{Config: c, Preprocessing: p, network: network, features: inference.Features{Blocks: 1}}
	if err := inference.CheckPreprocessing(c, p); err != nil {
		t.Fatal(err)
	}
	img := augment.NewImage(20, 30)
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i)
	}
	m, err := e.Embed(context.Background(), []*augment.Image{img, augment.NewImage(5, 7)})
	if err != nil || m.Rows != 2 || m.Cols != c.Dim {
		t.Errorf("features [%d, %d], %v", m.Rows, m.Cols, err)
	}
	_, err = e.Attention(context.Background(), img)
	if want := "dino: attention: the network is of kind convnet, which has no attention"; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	c.Channels = 1
	if err := inference.CheckPreprocessing(c, p); err == nil ||
		!strings.Contains(err.Error(), "images of 1 channels: must be 3") {
		t.Errorf("grey images: %v", err)
	}
}
