package lower

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
)

// TestPartsOfConcatenations compares the place in a concatenation to which a kernel may write a
// value, through transposes and reshapes, element by element with where the graph puts it.
func TestPartsOfConcatenations(t *testing.T) {
	found := map[bool]int{}
	operations(t, 400, func(t *testing.T, s *sketch, d dtypes.DType) {
		dims := s.lengths(1)
		x := s.parameter(d, dims, fill(dims, func([]int) float64 { return 0 }))
		y := tensor{s.op(compute.OpTypeNeg, nil, d, dims, x.Value), nil}
		for i := range len(x.elements) {
			y.elements = append(y.elements, float64(i)) // which element it is
		}
		v := y.Value
		for range s.IntN(4) {
			y = s.rearranged(y)
		}
		axis := s.IntN(len(y.dims()))
		before := slices.Clone(y.dims())
		before[axis] = 1 + s.IntN(2)
		long := slices.Clone(y.dims())
		long[axis] += before[axis]
		first := s.parameter(d, before, nil)
		s.Results = []*graph.Value{s.op(compute.OpTypeConcatenate, graph.Axis{Axis: axis}, d, long, first.Value,
			y.Value)}

		l := &lowering{
			p: &program.Program{}, fn: s.Function, places: map[*graph.Value]place{},
			result: map[*graph.Value]int{}, done: map[any]bool{},
		}
		l.declare()
		l.groups = fuse(s.Function)
		at, ok := l.part(v)
		found[ok]++
		if !ok {
			return
		}
		fill(y.dims(), func(index []int) float64 {
			element := int(y.at(index))
			index[axis] += before[axis]
			if got, want := at.view.At(element), position(long, index); got != want || at.slot != l.resultSlot(0) {
				t.Fatalf("element %d is written to place %d of slot %d, want %d of %d\n%s", element, got, at.slot, want,
					l.resultSlot(0), s.Function)
			}
			return 0
		})
	})
	if found[true] < 100 || found[false] == 0 {
		t.Errorf("%d values have a place, %d none", found[true], found[false])
	}
}

// rearranged transposes a tensor or splits its elements among other axes.
func (s *sketch) rearranged(x tensor) tensor {
	d, dims := x.Shape.DType, x.dims()
	if s.IntN(2) == 0 {
		order, to := s.Perm(len(dims)), []int(nil)
		for _, axis := range order {
			to = append(to, dims[axis])
		}
		return tensor{
			s.op(compute.OpTypeTranspose, graph.Transpose{Permutation: order}, d, to, x.Value),
			fill(to, func(index []int) float64 {
				from := make([]int, len(dims))
				for i, axis := range order {
					from[axis] = index[i]
				}
				return x.at(from)
			}),
		}
	}
	first := 1
	for size := len(x.elements); first*first < size && s.IntN(4) > 0 || size%first != 0; {
		first++
	}
	to := []int{first, len(x.elements) / first}
	return tensor{s.op(compute.OpTypeReshape, nil, d, to, x.Value), x.elements}
}
