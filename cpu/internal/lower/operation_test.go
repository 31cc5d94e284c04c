package lower

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// clamp brings a start inside.
func clamp(x, limit int) int { return max(0, min(x, limit)) }

func TestConcatenationsPutOperandsSideBySide(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		dims := s.lengths(0)
		axis, long := s.IntN(len(dims)), slices.Clone(dims)
		var parts []tensor
		var in []*graph.Value
		long[axis] = 0
		for range 1 + s.IntN(4) {
			if len(parts) > 0 && s.IntN(4) == 0 {
				parts = append(parts, parts[0]) // the same twice
			} else {
				each := slices.Clone(dims)
				each[axis] = s.IntN(6)
				parts = append(parts, s.operand(d, each...))
			}
			in, long[axis] = append(in, parts[len(parts)-1].Value), long[axis]+parts[len(parts)-1].dims()[axis]
		}
		y := tensor{s.op(compute.OpTypeConcatenate, graph.Axis{Axis: axis}, d, long, in...), nil}
		y.elements = fill(long, func(index []int) float64 {
			at, i := slices.Clone(index), 0
			for at[axis] >= parts[i].dims()[axis] {
				at[axis] -= parts[i].dims()[axis]
				i++
			}
			return parts[i].at(at)
		})
		// An operand may be a result as well, or be used by a loop behind.
		behind := tensor{s.op(compute.OpTypeAdd, nil, d, parts[0].dims(), in[0], in[0]), nil}
		behind.elements = fill(parts[0].dims(), func(i []int) float64 { return 2 * parts[0].at(i) })
		s.expect(t, [][]tensor{{y}, {y, parts[0]}, {y, behind}, {y, y}}[s.IntN(4)]...)
	})
}

func TestPaddingGoesAroundAndBetween(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		x, value := s.operand(d, s.lengths(0)...), s.operand(d)
		var a graph.Pad
		dims := slices.Clone(x.dims())
		for i := range s.IntN(len(dims) + 1) {
			p := compute.PadAxis{Start: s.IntN(9) - 4, End: s.IntN(9) - 4, Interior: s.IntN(3)}
			inner := dims[i] + max(0, dims[i]-1)*p.Interior
			p.End = max(p.End, -inner-p.Start)
			a.Axes, dims[i] = append(a.Axes, p), inner+p.Start+p.End
		}
		y := tensor{s.op(compute.OpTypePad, a, d, dims, x.Value, value.Value), nil}
		y.elements = fill(dims, func(index []int) float64 {
			from := slices.Clone(index)
			for i, p := range a.Axes {
				k := index[i] - p.Start
				if from[i] = k / (p.Interior + 1); k < 0 || k%(p.Interior+1) != 0 || from[i] >= x.dims()[i] {
					return value.elements[0]
				}
			}
			return x.at(from)
		})
		s.expect(t, y)
	})
}

// begin draws the scalar starts of a window of the given sizes, inside and outside of a tensor.
func (s *sketch) begin(dims, sizes []int) (in []*graph.Value, at []int) {
	d := []dtypes.DType{dtypes.Int64, dtypes.Int32}[s.IntN(2)]
	for i := range dims {
		x := s.scalar(d, float64(s.IntN(dims[i]+6)-3))
		in, at = append(in, x.Value), append(at, clamp(int(x.elements[0]), dims[i]-sizes[i]))
	}
	return in, at
}

func (s *sketch) window(dims []int) []int {
	sizes := make([]int, len(dims))
	for i, n := range dims {
		sizes[i] = s.IntN(n + 1)
		if s.IntN(4) > 0 {
			sizes[i] = max(sizes[i], min(n, 1))
		}
	}
	return sizes
}

func TestDynamicSlicesBeginWhereTheyFit(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		x := s.operand(d, s.lengths(0)...)
		sizes := s.window(x.dims())
		in, start := s.begin(x.dims(), sizes)
		y := tensor{s.op(compute.OpTypeDynamicSlice, graph.DynamicSlice{Sizes: sizes}, d, sizes,
			append([]*graph.Value{x.Value}, in...)...), nil}
		y.elements = fill(sizes, func(index []int) float64 {
			for i := range start {
				index[i] += start[i]
			}
			return x.at(index)
		})
		s.expect(t, y)
	})
}

func TestDynamicUpdatesOverwriteAWindow(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		x := s.operand(d, s.lengths(0)...)
		update := s.operand(d, s.window(x.dims())...)
		in, start := s.begin(x.dims(), update.dims())
		y := tensor{s.op(compute.OpTypeDynamicUpdateSlice, nil, d, x.dims(),
			append([]*graph.Value{x.Value, update.Value}, in...)...), nil}
		y.elements = slices.Clone(x.elements)
		fill(update.dims(), func(index []int) float64 {
			to := slices.Clone(index)
			for i := range start {
				to[i] += start[i]
			}
			y.elements[position(x.dims(), to)] = update.at(index)
			return 0
		})
		s.expect(t, y, x)
	})
}

func TestIotaCountsAlongItsAxis(t *testing.T) {
	operations(t, 100, func(t *testing.T, s *sketch, d dtypes.DType) {
		dims := s.lengths(0)
		axis := s.IntN(len(dims))
		y := tensor{
			s.op(compute.OpTypeIota, graph.Axis{Axis: axis}, d, dims),
			fill(dims, func(index []int) float64 { return float64(index[axis]) }),
		}
		s.expect(t, y)
	})
}

func TestArgMinMaxIsTheFirstExtreme(t *testing.T) {
	operations(t, 200, func(t *testing.T, s *sketch, d dtypes.DType) {
		dims := s.lengths(0)
		axis := s.IntN(len(dims))
		dims[axis] = max(dims[axis], 1)
		x, smallest := s.operand(d, dims...), s.IntN(2) == 0
		rest := slices.Delete(slices.Clone(dims), axis, axis+1)
		to := []dtypes.DType{dtypes.Int64, dtypes.Int32, dtypes.Uint8}[s.IntN(3)]
		y := tensor{s.op(compute.OpTypeArgMinMax, graph.ArgMinMax{Axis: axis, IsMin: smallest}, to, rest, x.Value), nil}
		y.elements = fill(rest, func(index []int) float64 {
			var lane []float64
			for k := range dims[axis] {
				lane = append(lane, x.at(slices.Insert(slices.Clone(index), axis, k)))
			}
			if smallest {
				return float64(slices.Index(lane, slices.Min(lane)))
			}
			return float64(slices.Index(lane, slices.Max(lane)))
		})
		s.expect(t, y)
	})
}

func TestSortsAreStableAlongTheirAxis(t *testing.T) {
	operations(t, 150, func(t *testing.T, s *sketch, d dtypes.DType) {
		dims := s.lengths(0)
		axis := s.IntN(len(dims))
		keys, companions := s.operand(d, dims...), s.operand(dtypes.Int32, dims...)
		body := &sketch{Function: &graph.Function{Name: "before", Parent: s.Function}}
		var a []*graph.Value
		for _, d := range []dtypes.DType{d, d, dtypes.Int32, dtypes.Int32} {
			a = append(a, body.parameter(d, nil, nil).Value)
		}
		body.Results = []*graph.Value{body.op(compute.OpTypeLessThan, nil, dtypes.Bool, nil, a[0], a[1])}
		n := s.Add(compute.OpTypeSort, graph.Sort{Axis: axis, Stable: true},
			[]*graph.Value{keys.Value, companions.Value}, keys.Shape, companions.Shape)
		n.Bodies = []*graph.Function{body.Function}
		order := func(index []int) []int { // the index of the element that comes to index
			places := upTo(dims[axis])
			with := func(k int) []int {
				at := slices.Clone(index)
				at[axis] = k
				return at
			}
			slices.SortStableFunc(places, func(i, j int) int { return int(keys.at(with(i)) - keys.at(with(j))) })
			return with(places[index[axis]])
		}
		s.expect(t, tensor{n.Outputs[0], fill(dims, func(i []int) float64 { return keys.at(order(i)) })},
			tensor{n.Outputs[1], fill(dims, func(i []int) float64 { return companions.at(order(i)) })})
	})
}
