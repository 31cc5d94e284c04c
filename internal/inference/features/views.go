package features

import (
	"context"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"

	"github.com/dino-go/dino/weights/layout"
)

// LinearCrops are the views that the official linear probe trains on: a random crop of 8 to 100 %
// of the area, resized, and a flip.
func LinearCrops(p layout.Preprocessing, views, patch int) (*augment.MultiCrop, error) {
	plain := augment.Crops{
		Number: views, Size: p.Size, Scale: [2]float64{0.08, 1}, Ratio: [2]float64{3.0 / 4, 4.0 / 3},
		Interpolation: augment.Bilinear,
		Blur: augment.BlurConfig{
			Kind: augment.BlurPIL, Probability: augment.PerView{0},
			Sigma: [2]float64{0.1, 2},
		},
		Solarize: augment.SolarizeConfig{Probability: augment.PerView{0}, Threshold: 128},
	}
	c := augment.Default(augment.Paper)
	c.GlobalCrops, c.LocalCrops.Number = plain, 0
	c.Flip, c.Jitter.Probability, c.Gray = 0.5, 0, 0
	c.Mean, c.Std = p.Normalization()
	return augment.New(c, patch)
}

// Views says which random views of images are taken.
type Views struct {
	Crops *augment.MultiCrop // their number is that of its global crops
	Seed  uint64
	Epoch int // views of another epoch are others
}

// ExtractViews gathers the features of all views of images: [views] features, each in the order of
// the images. Images that cannot be decoded are left out of all.
func (e Extractor) ExtractViews(ctx context.Context, s Source, images []int, v Views) ([]eval.Features, error) {
	sizes, render := loader.Crops(v.Crops, v.Seed)
	out := make([]eval.Features, len(sizes))
	for i := range out {
		out[i].Cols = e.Features.Width(e.Network.Config)
	}
	o := epochInOrder{order.InOrder{Images: images, Batch: s.Batch}, v.Epoch}
	err := walk(ctx, s, o, sizes, render, func(batch *loader.Batch, _ time.Duration) error {
		for i, size := range sizes {
			rows, err := e.Network.Features(ctx, e.Features, batch.Views[i], size.Height, size.Width)
			if err != nil {
				return err
			}
			rows = decoded(rows, batch.Index)
			out[i].Rows += rows.Rows
			out[i].Data = append(out[i].Data, rows.Data...)
			for _, image := range batch.Index {
				if image >= 0 {
					out[i].Labels = append(out[i].Labels, s.Index.Files[image].Label)
				}
			}
		}
		return nil
	})
	return out, err
}

// epochInOrder is the order of an evaluation in an epoch of its own.
type epochInOrder struct {
	order.InOrder
	epoch int
}

// At returns the epoch and the images of a step.
func (o epochInOrder) At(step int) (epoch int, images []int) {
	_, images = o.InOrder.At(step)
	return o.epoch, images
}
