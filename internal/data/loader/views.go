package loader

import "github.com/dino-go/dino/augment"

// Crops returns the sizes of a multi-crop policy's views and what renders them,
// for Config.Views and Config.NewRender: the global views first, then the local
// ones, drawn from augment.NewRand(seed, epoch, index).
func Crops(crops *augment.MultiCrop, seed uint64) (views []Size, newRender func() RenderFunc) {
	config := crops.Config()
	for range config.GlobalCrops.Number {
		views = append(views, Size{config.GlobalCrops.Size, config.GlobalCrops.Size})
	}
	for range config.LocalCrops.Number {
		views = append(views, Size{config.LocalCrops.Size, config.LocalCrops.Size})
	}
	return views, func() RenderFunc {
		scratch := new(augment.Scratch)
		return func(img *augment.Image, epoch, index int, dst [][]float32) {
			drawn := crops.Sample(augment.NewRand(seed, epoch, index), img.Width, img.Height)
			for v, view := range drawn {
				crops.Render(dst[v], img, view, scratch)
			}
		}
	}
}

// Plain returns the same for the one undisturbed view of an evaluation.
func Plain(p augment.Preparation) (views []Size, newRender func() RenderFunc) {
	preparer := augment.NewPreparer(p)
	return []Size{{Height: p.Height, Width: p.Width}}, func() RenderFunc {
		scratch := new(augment.Scratch)
		return func(img *augment.Image, _, _ int, dst [][]float32) {
			preparer.Into(dst[0], img, scratch)
		}
	}
}
