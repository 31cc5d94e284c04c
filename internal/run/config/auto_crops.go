package config

import "github.com/dino-go/dino/augment"

// autoCrops sizes the official crops to images of a shorter side: global crops no larger than the
// images, at most 224, and local ones of about half that. Small images lose in a blur what tells
// them apart, and a small part of one shows nothing: below smallCrop there is no blur and no
// solarisation, and local crops are larger parts.
func autoCrops(shortSide int) augment.Config {
	c := augment.Default(augment.Paper)
	size := 224
	if shortSide > 0 && shortSide < 224 {
		size = max(32, shortSide/32*32)
	}
	patch := autoPatch(size)
	c.GlobalCrops.Size = size
	c.LocalCrops.Size = max(2*patch, size*96/224/patch*patch)
	c.LocalCrops.Number = 6
	if size >= smallCrop {
		for _, crops := range []*augment.Crops{&c.GlobalCrops, &c.LocalCrops} {
			crops.Blur.Sigma[1] = round(max(crops.Blur.Sigma[0], 2*float64(size)/224), 100)
		}
		return c
	}
	c.LocalCrops.Size = size / 2 / patch * patch
	c.LocalCrops.Number, c.LocalCrops.Scale = 4, [2]float64{0.15, 0.4}
	for _, crops := range []*augment.Crops{&c.GlobalCrops, &c.LocalCrops} {
		crops.Blur.Probability, crops.Solarize.Probability = []float64{0}, []float64{0}
	}
	return c
}

// smallCrop is the side of global crops from which on they are treated as the official ones are.
const smallCrop = 96

// autoPatch gives a global crop at least 8 patches a side where it can.
func autoPatch(size int) int {
	switch {
	case size >= 128:
		return 16
	case size >= 64:
		return 8
	}
	return 4
}

// pixels is how many the views of an image have.
func pixels(c augment.Config) (count int) {
	for _, crops := range []augment.Crops{c.GlobalCrops, c.LocalCrops} {
		count += crops.Number * crops.Size * crops.Size
	}
	return count
}
