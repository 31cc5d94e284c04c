package augment

import "fmt"

// Policy names a set of defaults for [Config].
type Policy string

const (
	// Paper is the official DINO recipe: bicubic crops, Pillow's blur on every
	// first global view, on one in ten of the second and on half of the local
	// ones, solarisation of the second global view only.
	Paper Policy = "paper"
	// Seed is the recipe of stable-pretraining's multi-crop benchmark: bilinear
	// crops, and the same blur (torchvision's, 23 taps) and solarisation for every view.
	Seed Policy = "seed"
)

// Default returns a policy's configuration. It panics on an unknown policy.
func Default(policy Policy) Config {
	c := Config{
		GlobalCrops: Crops{Number: 2, Size: 224, Scale: [2]float64{0.4, 1}},
		LocalCrops:  Crops{Number: 8, Size: 96, Scale: [2]float64{0.05, 0.4}},
		Flip:        0.5,
		Jitter:      JitterConfig{Probability: 0.8, Brightness: 0.4, Contrast: 0.4, Saturation: 0.2, Hue: 0.1},
		Gray:        0.2,
		Mean:        [3]float64{0.485, 0.456, 0.406}, // of ImageNet
		Std:         [3]float64{0.229, 0.224, 0.225},
	}
	for _, crops := range []*Crops{&c.GlobalCrops, &c.LocalCrops} {
		crops.Ratio = [2]float64{3. / 4, 4. / 3}
		crops.Blur.Sigma = [2]float64{0.1, 2}
		crops.Blur.KernelSize = 23
		crops.Solarize.Threshold = 128
	}
	switch policy {
	case Paper:
		c.GlobalCrops.paper(PerView{1, 0.1}, PerView{0, 0.2})
		c.LocalCrops.paper(PerView{0.5}, PerView{0})
	case Seed:
		c.LocalCrops.Number = 6
		c.GlobalCrops.seed()
		c.LocalCrops.seed()
	default:
		panic(fmt.Sprintf("augment: no policy %q: there are %q and %q", policy, Paper, Seed))
	}
	return c
}

// paper sets what the official recipe does with a crop.
func (c *Crops) paper(blur, solarize PerView) {
	c.Interpolation = Bicubic
	c.Blur.Kind = BlurPIL
	c.Blur.Probability, c.Solarize.Probability = blur, solarize
}

// seed sets what the multi-crop benchmark does with a crop.
func (c *Crops) seed() {
	c.Interpolation = Bilinear
	c.Blur.Kind = BlurKernel
	c.Blur.Probability, c.Solarize.Probability = PerView{0.5}, PerView{0.2}
}
