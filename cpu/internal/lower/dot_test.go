package lower

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

func TestProductsOfAnyAxes(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		// The axes of both operands: batch, contracted, their own.
		var lengths [3][]int
		for i := range lengths {
			lengths[i] = s.lengths(0)
			lengths[i] = lengths[i][:s.IntN(min(len(lengths[i]), 2)+1)]
		}
		own := s.lengths(0)[:1]

		side := func(own []int) (dims, batch, contracted, rest []int) {
			all := slices.Concat(lengths[0], lengths[1], own)
			places := s.Perm(len(all))
			dims = make([]int, len(all))
			for i, n := range all {
				dims[places[i]] = n
			}
			b, c := len(lengths[0]), len(lengths[0])+len(lengths[1])
			slices.Sort(places[c:])
			for i, axis := range places[c:] {
				dims[axis] = own[i]
			}
			return dims, places[:b], places[b:c], places[c:]
		}
		var a graph.Dot
		left, leftBatch, leftContracting, leftOwn := side(lengths[2])
		right, rightBatch, rightContracting, rightOwn := side(own)
		a.LeftBatch, a.LeftContracting, a.Accumulator = leftBatch, leftContracting, d
		a.RightBatch, a.RightContracting = rightBatch, rightContracting
		in, bias := []*graph.Value(nil), tensor{}
		// before the operands, so that it has to wait for the product
		if (d == dtypes.Float32 || d == dtypes.BFloat16) && s.IntN(2) == 0 {
			bias = s.operand(dtypes.Float32, own...)
			in = append(in, bias.Value)
		}
		x, y := s.operand(d, left...), s.operand(d, right...)
		in = slices.Concat([]*graph.Value{x.Value, y.Value}, in)
		dims := slices.Concat(lengths[0], lengths[2], own)
		place := func(rank int, index []int, axes []int, at []int) []int {
			if at == nil {
				at = make([]int, rank)
			}
			for i, axis := range axes {
				at[axis] = index[i]
			}
			return at
		}
		z := tensor{s.op(compute.OpTypeDotGeneral, a, d, dims, in...), nil}
		z.elements = fill(dims, func(index []int) (sum float64) {
			batch, rest := index[:len(lengths[0])], index[len(lengths[0]):]
			fill(lengths[1], func(inside []int) float64 {
				i, j := place(len(left), batch, leftBatch, nil), place(len(right), batch, rightBatch, nil)
				i, j = place(0, inside, leftContracting, i), place(0, inside, rightContracting, j)
				i, j = place(0, rest, leftOwn, i), place(0, rest[len(leftOwn):], rightOwn, j)
				sum += x.at(i) * y.at(j)
				return 0
			})
			if bias.Value != nil {
				sum += bias.at(rest[len(leftOwn):])
			}
			return sum
		})
		if d == dtypes.Uint8 || d == dtypes.BFloat16 &&
			slices.ContainsFunc(z.elements, func(v float64) bool { return v > 256 }) {
			return // beyond what the type holds exactly
		}
		s.expect(t, z)
	})
}
