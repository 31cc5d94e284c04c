package dataset

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Permutation returns the numbers 0 to n-1 in the order of the given epoch of
// a run: a Fisher–Yates shuffle drawn from a ChaCha8 generator keyed with
// (seed, epoch). It is written out here, down to the bounded draw, so that a
// run started with one release resumes identically with another.
func Permutation(seed uint64, epoch, n int) []int {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(epoch))
	rng := rand.NewChaCha8(key)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := below(rng, i+1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// below draws an integer from [0, n) as the upper word of draw·n. Its bias, at
// most n/2⁶⁴, is far below anything measurable.
func below(rng *rand.ChaCha8, n int) int {
	high, _ := bits.Mul64(rng.Uint64(), uint64(n))
	return int(high)
}
