package augment

import "math/rand/v2"

// NewRand returns the random numbers from which the views of one image in one
// epoch are drawn. They depend on the three arguments alone, so any worker can
// draw any image at any time.
func NewRand(seed uint64, epoch, index int) *rand.Rand {
	h := mix(mix(mix(seed)+uint64(epoch)) + uint64(index))
	return rand.New(rand.NewPCG(h, mix(h)))
}

// mix is the SplitMix64 step, a bijection that spreads every input bit over the
// output (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform draws from [low, high).
func uniform(rng *rand.Rand, low, high float64) float64 {
	return low + float64((high-low)*rng.Float64())
}

// chance is true with probability p. It always takes one draw.
func chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }
