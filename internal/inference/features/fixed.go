package features

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/weights/layout"
)

// Fixed are images that stay in memory as a network takes them, so that what it makes of them can
// be followed over time.
type Fixed struct {
	Images     []int     // of the index: those that could be decoded
	Pixels     []float32 // [len(Images), 3, height, width], normalised
	Preprocess layout.Preprocessing
}

// Fix loads images. Those that cannot be decoded are left out.
func Fix(ctx context.Context, s Source, images []int, p layout.Preprocessing) (Fixed, error) {
	views, render := loader.Plain(p.Preparation())
	f := Fixed{Preprocess: p}
	o := order.InOrder{Images: images, Batch: s.Batch}
	err := walk(ctx, s, o, views, render, func(batch *loader.Batch, _ time.Duration) error {
		each := len(batch.Views[0]) / len(batch.Index)
		for i, image := range batch.Index {
			if image >= 0 {
				f.Images = append(f.Images, image)
				f.Pixels = append(f.Pixels, batch.Views[0][i*each:(i+1)*each]...)
			}
		}
		return nil
	})
	return f, err
}

// Of returns the teacher's features of fixed images, a row each.
func (t *Teacher) Of(f Fixed) (eval.Matrix, error) {
	size := f.Preprocess.Sides()
	outputs, err := t.exec.Call(tensors.FromFlatDataAndDimensions(f.Pixels, len(f.Images), 3, size[0], size[1]))
	if err != nil {
		return eval.Matrix{}, fmt.Errorf("features: %w", err)
	}
	rows := outputs[0].Shape()
	return eval.Matrix{
		Rows: rows.Dim(0), Cols: rows.Dim(1), Data: tensors.MustCopyFlatData[float32](outputs[0]),
	}, nil
}

// Pictures are the images as the network sees them, before they were normalised.
func (f Fixed) Pictures() []*augment.Image {
	levels, size := f.Levels(), f.Preprocess.Sides()
	each := 3 * size[0] * size[1]
	pictures := make([]*augment.Image, len(f.Images))
	for i := range pictures {
		pictures[i] = picture(levels[i*each:(i+1)*each], size[0], size[1])
	}
	return pictures
}

// picture is an image of which the samples are given, [3, height, width], in grey levels of 255.
func picture(levels []float32, height, width int) *augment.Image {
	img := augment.NewImage(width, height)
	pixels := height * width
	for p := range pixels {
		for c := range 3 {
			img.Pix[3*p+c] = uint8(min(max(math.Round(float64(levels[c*pixels+p])), 0), 255))
		}
	}
	return img
}

// Refix are images of which the pictures are there already.
func Refix(images []int, pictures []*augment.Image, p layout.Preprocessing) Fixed {
	each := 3 * p.Sides()[0] * p.Sides()[1]
	f := Fixed{Images: images, Pixels: make([]float32, len(images)*each), Preprocess: p}
	normalizer := augment.NewNormalizer(p.Normalization())
	for i, picture := range pictures {
		normalizer.Into(f.Pixels[i*each:(i+1)*each], picture)
	}
	return f
}

// Levels are the pixels in grey levels of 255, before they were normalised.
func (f Fixed) Levels() []float32 {
	levels := make([]float32, len(f.Pixels))
	size := f.Preprocess.Sides()
	channel := size[0] * size[1]
	mean, std := f.Preprocess.Normalization()
	for i, x := range f.Pixels {
		c := i / channel % 3
		levels[i] = float32(255 * (float64(x)*std[c] + mean[c]))
	}
	return levels
}
