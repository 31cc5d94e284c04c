package lower

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// TestBoolsJoinLoopsOfAnyClass checks that a loop of numbers and Bool is computed in the type of
// the numbers: integers keep digits that float32 lacks.
func TestBoolsJoinLoopsOfAnyClass(t *testing.T) {
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

// TestReductionsOverAnyAxes reduces over any axes, of rows, of columns or of both, inputs and
// results of loops that have other users.
func TestReductionsOverAnyAxes(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		if d == dtypes.Uint8 || d == dtypes.BFloat16 {
			d = dtypes.Int32 // which holds the sums
		}
		x := s.operand(d, s.lengths(0)...)
		dims := x.dims()
		axes := s.Perm(len(dims))[:1+s.IntN(len(dims))]
		slices.Sort(axes)
		rest := others(len(dims), axes, nil)
		op, neutral, join := compute.OpTypeReduceSum, 0.0, func(a, b float64) float64 { return a + b }
		if len(x.elements) > 0 && s.IntN(2) == 0 {
			op, neutral, join = compute.OpTypeReduceMax, math.Inf(-1), math.Max
		}
		var to []int
		for _, axis := range rest {
			to = append(to, dims[axis])
		}
		y := tensor{
			s.op(op, graph.Reduce{Axes: axes}, d, to, x.Value),
			slices.Repeat([]float64{neutral}, len(fill(to, func([]int) float64 { return 0 }))),
		}
		fill(dims, func(index []int) float64 {
			var at []int
			for _, axis := range rest {
				at = append(at, index[axis])
			}
			i := position(to, at)
			y.elements[i] = join(y.elements[i], x.at(index))
			return 0
		})
		s.expect(t, [][]tensor{{y}, {y, x}}[s.IntN(2)]...)
	})
}
