package order

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// draw is a stream of random integers, written out down to the bounded draw so
// that a run started with one release of this program or of Go resumes
// identically with another.
type draw struct{ rng *rand.ChaCha8 }

// What a stream is for: streams of different purposes are independent.
const (
	permutationDraw = iota
	replacementDraw
)

// newDraw returns the stream of a ChaCha8 generator keyed with (seed, purpose,
// epoch, image).
func newDraw(seed uint64, purpose, epoch, image int) draw {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(epoch))
	binary.LittleEndian.PutUint64(key[16:], uint64(image))
	binary.LittleEndian.PutUint64(key[24:], uint64(purpose))
	return draw{rand.NewChaCha8(key)}
}

// below draws an integer from [0, n) as the upper word of draw·n. Its bias, at
// most n/2⁶⁴, is far below anything measurable.
func (d draw) below(n int) int {
	high, _ := bits.Mul64(d.rng.Uint64(), uint64(n))
	return int(high)
}
