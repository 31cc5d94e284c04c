package lower

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// A loop of numbers that truth values join is computed in the type of the numbers: integers keep digits that no float32 has.
func TestTruthValuesTakeNumbersAsTheyAre(t *testing.T) {
	operations(t, 20, func(t *testing.T, s *sketch, _ dtypes.DType) {
		d, dims := []dtypes.DType{dtypes.Int64, dtypes.Float64}[s.IntN(2)], s.lengths(1)
		draw := func() tensor {
			return s.parameter(d, dims, fill(dims, func([]int) float64 { return float64(s.Int64N(1 << 40)) }))
		}
		x, y := draw(), draw()
		less := s.op(compute.OpTypeLessThan, nil, dtypes.Bool, dims, x.Value, y.Value)
		not := s.op(compute.OpTypeLogicalNot, nil, dtypes.Bool, dims, less)
		largest := s.op(compute.OpTypeWhere, nil, d, dims, not, x.Value, y.Value)
		sum := tensor{s.op(compute.OpTypeAdd, nil, d, dims, largest, x.Value), nil}
		sum.elements = fill(dims, func(i []int) float64 { return max(x.at(i), y.at(i)) + x.at(i) })
		s.expect(t, sum)
	})
}
