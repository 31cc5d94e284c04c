package synth

import (
	"math"
	"math/rand/v2"
)

// light is a wave of brightness across the canvas: about one period, of random
// direction and phase, so that parts of one image are lit differently while
// images as a whole are not.
type light struct {
	kx, ky, phase float64
	depth         float64
}

func newLight(rng *rand.Rand) light {
	ky, kx := math.Sincos(between(rng, 0, 2*math.Pi))
	k := 2 * math.Pi * between(rng, 1, 1.6)
	return light{kx: k * kx, ky: k * ky, phase: between(rng, 0, 2*math.Pi), depth: between(rng, 0, 0.35)}
}

// at is the factor that colours are multiplied by at (x, y).
func (l light) at(x, y float64) float64 {
	return 1 - l.depth*(0.5+0.5*math.Sin(l.kx*x+l.ky*y+l.phase))
}
