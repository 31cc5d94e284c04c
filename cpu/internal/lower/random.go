package lower

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
)

// randomBits fills a tensor with bits of PCG-DXSM, whose state and increment are the first two
// words of the state, and returns the state behind them: the stream of compute's own engine, so
// that a program draws the same numbers on both.
func randomBits(l *lowering, n *graph.Node) error {
	state, next, out := l.dense(n.Inputs[0]), l.out(n.Outputs[0]), l.out(n.Outputs[1])
	l.simple("random bits", 1, []int{state}, []int{next, out}, func(f *program.Frame, _ int) {
		in := program.View[uint64](f, state)
		var rng rand.PCG
		rng.Seed(in[0], in[1])
		b := f.Bytes(out)
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, rng.Uint64())
		}
		if len(b) > 0 {
			var word [8]byte
			binary.LittleEndian.PutUint64(word[:], rng.Uint64())
			copy(b, word[:])
		}
		words := program.View[uint64](f, next)
		copy(words, in)
		words[0], words[1] = pcgState(&rng)
	})
	return nil
}

// pcgState reads the state out of its documented encoding: "pcg:" and two words. They are
// big-endian; compute's engine reads them the other way round, and so does this.
func pcgState(rng *rand.PCG) (hi, lo uint64) {
	b, err := rng.MarshalBinary()
	if err != nil {
		panic(err)
	}
	return binary.LittleEndian.Uint64(b[4:]), binary.LittleEndian.Uint64(b[12:])
}
