package gemm

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPack checks that every way of packing places each element as packF32 and packPairs say, with
// zeros for missing lines.
func TestPack(t *testing.T) {
	o := newOracle(t)
	for _, e := range o.f32.engines {
		checkPack(t, e, float32s)
	}
	for _, e := range o.bf16.engines {
		checkPack(t, e, bf16s)
	}
}

func checkPack[T Element](t *testing.T, n named[T], data func(*rand.Rand, int) []T) {
	random := rand.New(rand.NewPCG(5, 6))
	e, ws := n.engine, &workspace{}
	for vecs := 1; vecs <= e.vecs; vecs++ {
		width := vecs * e.lanes
		for _, lines := range []int{width - e.lanes + 1, width - 1, width} {
			for _, units := range []int{1, 2, 9, 40} {
				for _, strides := range [][2]int{
					{1, width + 3},
					{units*e.pair + 1, 1},
					{2, 3 * width},
					{0, 1},
					{1, 0},
				} {
					s := source[T]{
						at: 2, lineStride: strides[0], depthStride: strides[1], lines: lines,
						depth: units * e.pair,
					}
					s.data = data(random, s.at+(s.lines-1)*s.lineStride+(s.depth-1)*s.depthStride+1)
					dst := aligned(units*width + 1)
					for i := range dst {
						dst[i] = notANumber[float32]()
					}
					e.pack(ws, dst[:units*width], width, s)
					for i, got := range dst {
						if want := packedAt(e, s, i, width); math.Float32bits(got) != math.Float32bits(want) {
							t.Fatalf("%s: %d lines in %d, %d units, strides %v: element %d is %g, want %g", n.name,
								s.lines, width, units, strides, i, got, want)
						}
					}
				}
			}
		}
	}
}

// packedAt is element i of what a source is packed as, by definition.
func packedAt[T Element](e *engine[T], s source[T], i, width int) float32 {
	line, d := i%width, i/width*e.pair
	switch {
	case d >= s.depth: // beyond the end
		return notANumber[float32]()
	case line >= s.lines:
		return 0
	}
	at := s.at + line*s.lineStride + d*s.depthStride
	low := toFloat32(s.data[at])
	if e.pair == 1 {
		return low
	}
	return math.Float32frombits(math.Float32bits(low)>>16 | math.Float32bits(toFloat32(s.data[at+s.depthStride])))
}
