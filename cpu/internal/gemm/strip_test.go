package gemm

import (
	"slices"
	"testing"
)

// TestBlocksOfDepth pins the blocks of the depth, for they fix the order of summation: an odd
// element beside pairs is a block of its own.
func TestBlocksOfDepth(t *testing.T) {
	for _, c := range []struct {
		k, pair int
		want    []int
	}{
		{1, 1, []int{1}},
		{depthBlock, 1, []int{depthBlock}},
		{2*depthBlock + 1, 1, []int{depthBlock, depthBlock, 1}},
		{1, 2, []int{1}},
		{2, 2, []int{1}},
		{7, 2, []int{3, 1}},
		{2 * depthBlock, 2, []int{depthBlock}},
		{2*depthBlock + 1, 2, []int{depthBlock, 1}},
		{2*depthBlock + 2, 2, []int{depthBlock, 1}},
		{2*depthBlock + 5, 2, []int{depthBlock, 2, 1}},
	} {
		e := &engine[uint16]{pair: c.pair}
		call := call[uint16]{p: &Product[uint16]{K: c.k}, e: e, units: e.units(c.k)}
		var got []int
		for d := 0; d < call.units; d += call.depthAt(d) {
			got = append(got, call.depthAt(d))
			for in := d; in < d+call.depthAt(d); in++ {
				if call.blockOf(in) != d {
					t.Errorf("K %d, pairs of %d: unit %d is in the block from %d, want %d", c.k, c.pair, in,
						call.blockOf(in), d)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("K %d, pairs of %d: blocks of %v units, want %v", c.k, c.pair, got, c.want)
		}
	}
}
