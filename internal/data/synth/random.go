package synth

import "math/rand/v2"

// newRand returns the random stream of one image: a function of the set's
// seed, the class and the index within the class, and of nothing else.
func newRand(seed uint64, class, index int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed, uint64(class)), mix(uint64(index), seed)))
}

// mix hashes two words into one with the finaliser of SplitMix64 (Steele, Lea
// and Flood, "Fast splittable pseudorandom number generators", 2014).
func mix(a, b uint64) uint64 {
	z := a*0x9e3779b97f4a7c15 + b + 0x632be59bd9b4e019
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between draws uniformly from [lo, hi).
func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
