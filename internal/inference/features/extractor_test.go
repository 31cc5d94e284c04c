package features

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets/vit"
)

func encoder(t *testing.T, kind string) Extractor {
	t.Helper()
	c := vit.Custom(crop, 8, 12, 2, 2)
	c.InitStd = 0.2
	n, err := inference.Random(c, preprocessing, 1, "cpu")
	if err != nil {
		t.Fatal(err)
	}
	f, err := inference.ParseFeatures(kind)
	if err != nil {
		t.Fatal(err)
	}
	e := Extractor{n, f}
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	return e
}

// Batches come in order, with the sizes that the images have in their files; bad images are counted
// and have no row.
func TestStream(t *testing.T) {
	for kind, each := range map[string]int{"cls": 1, "patches": 4} {
		e := encoder(t, kind)
		var images, taken []int
		var sizes [][2]int
		var rows []float32
		err := e.Stream(context.Background(), source(3, 9), []int{7, 0, 3, 9, 2, 4, 1}, func(b Batch) error {
			images, sizes, taken = append(images, b.Images...), append(sizes, b.Sizes...), append(taken, b.Taken)
			rows = append(rows, b.Rows.Data...)
			if b.Rows.Rows != each*len(b.Images) || b.Rows.Cols != 12 {
				t.Errorf("%d images have [%d, %d] features", len(b.Images), b.Rows.Rows, b.Rows.Cols)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(images, []int{7, 0, 2, 4, 1}) || !slices.Equal(taken, []int{4, 3}) {
			t.Errorf("images %v in batches of %v", images, taken)
		}
		if !slices.Equal(sizes, [][2]int{{27, 23}, {20, 30}, {22, 28}, {24, 26}, {21, 29}}) {
			t.Errorf("sizes are %v", sizes)
		}
		for i, image := range images {
			alone := source()
			err := e.Stream(context.Background(), alone, []int{image}, func(b Batch) error {
				testkit.AllClose(t, fmt.Sprintf("%s of image %d", kind, image), rows[i*each*12:(i+1)*each*12],
					b.Rows.Data, 1e-5)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Row i of every view is of image i, with its label, and is what the network makes of that view;
// another epoch has other views.
func TestViewsOfAnImage(t *testing.T) {
	e, ctx := encoder(t, "cls"), context.Background()
	crops, err := LinearCrops(preprocessing, 3, 8)
	if err != nil {
		t.Fatal(err)
	}
	images := []int{6, 3, 5, 0, 8}
	views, err := e.ExtractViews(ctx, source(3), images, Views{Crops: crops, Seed: 4, Epoch: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := source()
	for v, f := range views {
		if f.Rows != 4 || !slices.Equal(f.Labels, []int{0, 1, 0, 0}) {
			t.Fatalf("view %d has %d rows with labels %v", v, f.Rows, f.Labels)
		}
		for row, image := range []int{6, 5, 0, 8} {
			img, err := s.Decode(s.Index.Path(image))
			if err != nil {
				t.Fatal(err)
			}
			pixels, scratch := make([]float32, 3*crop*crop), new(augment.Scratch)
			drawn := crops.Sample(augment.NewRand(4, 2, image), img.Width, img.Height)
			crops.Render(pixels, img, drawn[v], scratch)
			want, err := e.Network.Features(ctx, e.Features, pixels, crop, crop)
			if err != nil {
				t.Fatal(err)
			}
			testkit.AllClose(t, fmt.Sprintf("view %d of image %d", v, image), f.Row(row), want.Data, 1e-5)
		}
	}
	other, err := e.ExtractViews(ctx, source(3), images, Views{Crops: crops, Seed: 4, Epoch: 3})
	if err != nil || slices.Equal(other[0].Data, views[0].Data) {
		t.Errorf("another epoch has the same views (%v)", err)
	}
}

func TestEncoderThatCannotWork(t *testing.T) {
	e := encoder(t, "cls")
	e.Features.Blocks = 3
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "at most last-2") {
		t.Errorf("three of two blocks: %v", err)
	}
	e = encoder(t, "cls")
	e.Network.Preprocessing.Size = 17
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "multiples of the patch size (8)") {
		t.Errorf("17 pixels: %v", err)
	}
	e = encoder(t, "cls")
	e.Network.Preprocessing.CropFraction = 0
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "crop_fraction is 0") {
		t.Errorf("a crop of nothing: %v", err)
	}
	e = encoder(t, "cls")
	grey := e.Network.Config.(vit.Config)
	grey.InChannels = 1
	e.Network.Config = grey
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "1 channels: must be 3") {
		t.Errorf("grey images: %v", err)
	}
}
