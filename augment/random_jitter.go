package augment

import "math/rand/v2"

// jitterOps appends brightness, contrast, saturation and hue with drawn
// factors, in an order drawn uniformly.
func (j JitterConfig) appendOps(rng *rand.Rand, ops []Op) []Op {
	brightness, contrast := jitterFactor(rng, j.Brightness), jitterFactor(rng, j.Contrast)
	saturation, hue := jitterFactor(rng, j.Saturation), uniform(rng, -j.Hue, j.Hue)
	for _, which := range rng.Perm(4) {
		switch {
		case which == 0 && j.Brightness > 0:
			ops = append(ops, Brightness{Factor: brightness})
		case which == 1 && j.Contrast > 0:
			ops = append(ops, Contrast{Factor: contrast})
		case which == 2 && j.Saturation > 0:
			ops = append(ops, Saturation{Factor: saturation})
		case which == 3 && j.Hue > 0:
			ops = append(ops, Hue{Factor: hue})
		}
	}
	return ops
}

// jitterFactor draws a factor around 1, not below 0.
func jitterFactor(rng *rand.Rand, strength float64) float64 {
	return uniform(rng, max(0, 1-strength), 1+strength)
}
