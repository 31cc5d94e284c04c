package lower

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// addressing is what gathers and scatters are drawn from: index vectors, and the windows of an
// operand that they name.
type addressing struct {
	operand            tensor
	indices            tensor
	vectorAxis         int   // of the indices; their rank where the vectors have no axis of their own
	components         []int // operand axis of each component
	collapsed, kept    []int // axes of the operand
	sizes              []int // of the window
	other              []int // dimensions of the other tensor
	windowAxes, vector []int // axes of the other tensor: those of the window, those of the index vectors
}

func (s *sketch) addressing(d dtypes.DType) addressing {
	a := addressing{operand: s.operand(d, s.lengths(1)...)}
	dims := a.operand.dims()
	a.sizes = make([]int, len(dims))
	for axis, n := range dims {
		if s.IntN(2) == 0 {
			a.collapsed, a.sizes[axis] = append(a.collapsed, axis), 1
		} else {
			a.kept, a.sizes[axis] = append(a.kept, axis), s.IntN(n+1)
		}
	}
	a.components = s.Perm(len(dims))[:1+s.IntN(len(dims))]
	batch := s.lengths(0)[:s.IntN(2)]
	a.vectorAxis = s.IntN(len(batch) + 1)
	shape := slices.Insert(slices.Clone(batch), a.vectorAxis, len(a.components))
	if len(a.components) == 1 && s.IntN(2) == 0 {
		a.vectorAxis, shape = len(batch), batch
	}
	// The numbers go beyond both ends.
	a.indices = s.parameter(dtypes.Int32, shape, fill(shape, func([]int) float64 { return float64(s.IntN(12) - 2) }))
	rank := len(batch) + len(a.kept)
	a.windowAxes = s.Perm(rank)[:len(a.kept)]
	slices.Sort(a.windowAxes)
	a.vector = others(rank, a.windowAxes, nil)
	a.other = make([]int, rank)
	for i, axis := range a.windowAxes {
		a.other[axis] = a.sizes[a.kept[i]]
	}
	for i, axis := range a.vector {
		a.other[axis] = batch[i]
	}
	return a
}

// at is the index in the operand that belongs to one of the other tensor, its window moved to where
// it fits; fits is false if it had to be moved.
func (a addressing) at(index []int) (at []int, fits bool) {
	at, fits = make([]int, len(a.sizes)), true
	var vector []int
	for _, axis := range a.vector {
		vector = append(vector, index[axis])
	}
	for c, axis := range a.components {
		whole := vector
		if len(a.indices.dims()) > len(vector) {
			whole = slices.Insert(slices.Clone(vector), a.vectorAxis, c)
		}
		start := int(a.indices.at(whole))
		at[axis] = clamp(start, a.operand.dims()[axis]-a.sizes[axis])
		fits = fits && at[axis] == start
	}
	for i, axis := range a.kept {
		at[axis] += index[a.windowAxes[i]]
	}
	return at, fits
}

func TestGathersTakeWindows(t *testing.T) {
	operations(t, 500, func(t *testing.T, s *sketch, d dtypes.DType) {
		a := s.addressing(d)
		attr := graph.Gather{
			IndexVectorAxis: a.vectorAxis, OffsetOutputAxes: a.windowAxes, CollapsedSliceAxes: a.collapsed,
			StartIndexMap: a.components, SliceSizes: a.sizes,
		}
		y := tensor{s.op(compute.OpTypeGather, attr, d, a.other, a.operand.Value, a.indices.Value), nil}
		y.elements = fill(a.other, func(index []int) float64 {
			at, _ := a.at(index)
			return a.operand.at(at)
		})
		s.expect(t, y)
	})
}

func TestScattersCombineWindowsThatFit(t *testing.T) {
	combinations := map[compute.OpType]func(a, b float64) float64{
		compute.OpTypeScatterSum: func(a, b float64) float64 { return a + b },
		compute.OpTypeScatterMax: func(a, b float64) float64 { return max(a, b) },
		compute.OpTypeScatterMin: func(a, b float64) float64 { return min(a, b) },
	}
	operations(t, 500, func(t *testing.T, s *sketch, d dtypes.DType) {
		a := s.addressing(d)
		updates := s.operand(d, a.other...)
		attr := graph.Scatter{
			IndexVectorAxis: a.vectorAxis, UpdateWindowAxes: a.windowAxes, InsertedWindowAxes: a.collapsed,
			ScatterAxesToOperand: a.components,
		}
		op := []compute.OpType{compute.OpTypeScatterSum, compute.OpTypeScatterMax, compute.OpTypeScatterMin}[s.IntN(3)]
		dims := a.operand.dims()
		y := tensor{
			s.op(op, attr, d, dims, a.operand.Value, a.indices.Value, updates.Value),
			slices.Clone(a.operand.elements),
		}
		fill(a.other, func(index []int) float64 {
			if at, fits := a.at(index); fits {
				i := position(dims, at)
				y.elements[i] = combinations[op](y.elements[i], updates.at(index))
			}
			return 0
		})
		s.expect(t, y, a.operand)
	})
}

// sliding draws a window and the dimensions of its positions over an input.
func (s *sketch) sliding(dims []int, dilated bool) (w graph.Window, positions []int) {
	for _, n := range dims {
		size, stride, input, inside := 1+s.IntN(3), 1+s.IntN(3), 1, 1
		if dilated {
			input, inside = 1+s.IntN(2), 1+s.IntN(2)
		}
		pad := [2]int{s.IntN(3), s.IntN(3)}
		span := (size-1)*inside + 1
		pad[1] += max(0, span-((n-1)*input+1)-pad[0]-pad[1])
		w.Dimensions, w.Strides, w.Paddings = append(w.Dimensions, size), append(w.Strides, stride),
			append(w.Paddings, pad)
		w.InputDilations, w.WindowDilations = append(w.InputDilations, input), append(w.WindowDilations, inside)
		positions = append(positions, ((n-1)*input+1+pad[0]+pad[1]-span)/stride+1)
	}
	return w, positions
}

// inWindow calls do for each element of the input in the window at a position, in row-major order.
func inWindow(w graph.Window, dims, position []int, do func(index []int)) {
	fill(w.Dimensions, func(i []int) float64 {
		at := make([]int, len(dims))
		for axis := range dims {
			p := position[axis]*w.Strides[axis] + i[axis]*w.WindowDilations[axis] - w.Paddings[axis][0]
			if at[axis] = p / w.InputDilations[axis]; p < 0 || p%w.InputDilations[axis] != 0 || at[axis] >= dims[axis] {
				return 0
			}
		}
		do(at)
		return 0
	})
}

func TestWindowsAreSummed(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		x := s.operand(d, s.lengths(1)...)
		w, positions := s.sliding(x.dims(), true)
		w.Reduction = compute.ReduceOpSum
		y := tensor{s.op(compute.OpTypeReduceWindow, w, d, positions, x.Value), nil}
		y.elements = fill(positions, func(position []int) (sum float64) {
			inWindow(w, x.dims(), position, func(index []int) { sum += x.at(index) })
			return sum
		})
		s.expect(t, y)
	})
}

func TestSourcesGoToTheFirstExtremeOfTheirWindow(t *testing.T) {
	operations(t, 300, func(t *testing.T, s *sketch, d dtypes.DType) {
		x := s.operand(d, s.lengths(1)...)
		w, positions := s.sliding(x.dims(), false)
		source, op, sign := s.operand(d, positions...), compute.OpTypeSelectAndScatterMax, 1.0
		if s.IntN(2) == 0 {
			op, sign = compute.OpTypeSelectAndScatterMin, -1
		}
		y := tensor{s.op(op, w, d, x.dims(), x.Value, source.Value), make([]float64, len(x.elements))}
		fill(positions, func(index []int) float64 {
			best := -1
			inWindow(w, x.dims(), index, func(at []int) {
				if i := position(x.dims(), at); best < 0 || sign*x.elements[i] > sign*x.elements[best] {
					best = i
				}
			})
			if best >= 0 {
				y.elements[best] += source.at(index)
			}
			return 0
		})
		s.expect(t, y)
	})
}
