package augment

import (
	"math"
	"math/rand/v2"
)

// cropAttempts is how often a random crop may miss the image before the
// fallback is taken.
const cropAttempts = 10

// randomCrop draws a box in an image of width × height pixels, torchvision's
// RandomResizedCrop: up to ten times a target area uniform in scale times the
// image's area and a ratio (width/height) uniform in its logarithm,
//
//	w = round(√(area·ratio)), h = round(√(area/ratio)),   half to even,
//
// until the box fits; its position is uniform. After ten misses the box is the
// whole image, cut down to the nearest allowed ratio and centred.
func randomCrop(rng *rand.Rand, width, height int, scale, ratio [2]float64) Box {
	area := float64(width) * float64(height)
	logLow, logHigh := math.Log(ratio[0]), math.Log(ratio[1])
	for range cropAttempts {
		target := area * uniform(rng, scale[0], scale[1])
		aspect := math.Exp(uniform(rng, logLow, logHigh))
		w, h := roundInt(math.Sqrt(target*aspect)), roundInt(math.Sqrt(target/aspect))
		if 0 < w && w <= width && 0 < h && h <= height {
			return Box{
				Top: rng.IntN(height - h + 1), Left: rng.IntN(width - w + 1),
				Height: h, Width: w,
			}
		}
	}
	return centralCrop(width, height, ratio)
}

// centralCrop returns the largest centred box with an allowed ratio.
func centralCrop(width, height int, ratio [2]float64) Box {
	w, h := width, height
	switch actual := float64(width) / float64(height); {
	case actual < ratio[0]:
		h = max(1, roundInt(float64(w)/ratio[0]))
	case actual > ratio[1]:
		w = max(1, roundInt(float64(h)*ratio[1]))
	}
	return Box{Top: (height - h) / 2, Left: (width - w) / 2, Height: h, Width: w}
}

func roundInt(x float64) int { return int(math.RoundToEven(x)) }
