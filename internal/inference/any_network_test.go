package inference

import (
	"context"
	"strings"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/convnet"
)

// A network of another family is evaluated as a transformer is, by what it says of itself: this one
// has a feature map of any size, whose mean its features are, no class token and no attention.
func TestAnyNetwork(t *testing.T) {
	c := convnet.Config{Channels: 3, Dim: 6, Depth: 2, Dropout: 0.5}
	n, err := Random(c, preprocessing, 1, "cpu")
	if err != nil {
		t.Fatal(err)
	}
	const images, height, width, rows, cols = 2, 13, 9, 4, 3
	x := pixels(images, height, width)
	features := func(name string) eval.Matrix {
		f, err := ParseFeatures(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := n.Features(context.Background(), f, x, height, width)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := images * f.Rows(c, height, width); m.Rows != want || m.Cols != f.Width(c) {
			t.Fatalf("%s are [%d, %d], want [%d, %d]", name, m.Rows, m.Cols, want, f.Width(c))
		}
		return m
	}
	patches, mean := features("patches"), eval.NewMatrix(images, c.Dim)
	for i := range patches.Rows {
		for j, v := range patches.Row(i) {
			mean.Row(i / (rows * cols))[j] += v / (rows * cols)
		}
	}
	for _, name := range []string{"cls", "mean"} {
		testkit.AllClose(t, name, features(name).Data, mean.Data, 1e-5)
	}
	if both := features("cls+mean"); both.Cols != 2*c.Dim {
		t.Errorf("cls+mean has %d columns, want %d", both.Cols, 2*c.Dim)
	}
	if got := n.Parameters(); got != (3*9+1)*6+3*(6*9+1)*6 {
		t.Errorf("%d parameters", got)
	}
	for blocks, want := range map[int]string{2: "no class token", 3: "the network has 2 blocks"} {
		if err := (Features{Blocks: blocks}).Validate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("class tokens of %d blocks: got %v, want %q", blocks, err, want)
		}
	}
	_, err = n.Attention(context.Background(), x[:len(x)/2], height, width)
	if want := "the network is of kind convnet, which has no attention"; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
