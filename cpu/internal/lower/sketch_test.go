package lower

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/testseed"
)

// sketch is a small graph with the numbers that go into it: whole ones, which every data type
// holds.
type sketch struct {
	*graph.Function
	*rand.Rand
	inputs [][]byte
}

// tensor is a value of a graph and the elements that it must have, in row-major order.
type tensor struct {
	*graph.Value
	elements []float64
}

// dims are the lengths of its axes.
func (x tensor) dims() []int { return x.Shape.Dimensions }

// at is the element with an index.
func (x tensor) at(index []int) float64 { return x.elements[position(x.dims(), index)] }

// position is the place of an index in row-major order.
func position(dims, index []int) int {
	at := 0
	for i, d := range dims {
		at = at*d + index[i]
	}
	return at
}

// fill is the elements of a tensor, from a function of their indices.
func fill(dims []int, element func(index []int) float64) []float64 {
	size := shapes.Make(dtypes.Float64, dims...).Size()
	list := make([]float64, size)
	for i := range list {
		at, rest := make([]int, len(dims)), i
		for axis, d := range slices.Backward(dims) {
			at[axis], rest = rest%d, rest/d
		}
		list[i] = element(at)
	}
	return list
}

func (s *sketch) op(op compute.OpType, attr any, d dtypes.DType, dims []int, in ...*graph.Value) *graph.Value {
	return s.Add(op, attr, in, shapes.Make(d, dims...)).Outputs[0]
}

// parameter is an input with the given elements.
func (s *sketch) parameter(d dtypes.DType, dims []int, elements []float64) tensor {
	v := s.op(compute.OpTypeParameter, graph.Parameter{}, d, dims)
	s.Params, s.inputs = append(s.Params, v), append(s.inputs, encode(d, elements))
	return tensor{v, elements}
}

// scalar is an input of one number.
func (s *sketch) scalar(d dtypes.DType, x float64) tensor { return s.parameter(d, nil, []float64{x}) }

// operand draws a tensor of small numbers in one of the ways in which operands come: an input, a
// view of one, or the result of a loop.
func (s *sketch) operand(d dtypes.DType, dims ...int) tensor {
	draw := func(dims []int) tensor {
		return s.parameter(d, dims, fill(dims, func([]int) float64 { return float64(s.IntN(8)) }))
	}
	see := func(x tensor, op compute.OpType, attr any, from func(index []int) []int) tensor {
		v := s.op(op, attr, d, dims, x.Value)
		return tensor{v, fill(dims, func(index []int) float64 { return x.at(from(index)) })}
	}
	rank := len(dims)
	switch kind := s.IntN(6); {
	case kind == 0: // transposed
		order, under := s.Perm(rank), make([]int, rank)
		for i, axis := range order {
			under[axis] = dims[i]
		}
		return see(draw(under), compute.OpTypeTranspose, graph.Transpose{Permutation: order}, func(index []int) []int {
			at := make([]int, rank)
			for i, axis := range order {
				at[axis] = index[i]
			}
			return at
		})
	case kind == 1: // backwards
		return see(draw(dims), compute.OpTypeReverse, graph.Axes{Axes: upTo(rank)}, func(index []int) []int {
			at := make([]int, rank)
			for i := range at {
				at[i] = dims[i] - 1 - index[i]
			}
			return at
		})
	case kind == 2: // every few elements of a larger one
		a, under := graph.Slice{}, []int(nil)
		for _, n := range dims {
			start, stride := s.IntN(3), 1+s.IntN(3)
			limit := start + max(0, (n-1)*stride+1)
			a.Starts, a.Limits, a.Strides = append(a.Starts, start), append(a.Limits, limit), append(a.Strides, stride)
			under = append(under, limit+s.IntN(2))
		}
		return see(draw(under), compute.OpTypeSlice, a, func(index []int) []int {
			at := make([]int, rank)
			for i := range at {
				at[i] = a.Starts[i] + index[i]*a.Strides[i]
			}
			return at
		})
	case kind == 3 && rank > 0: // repeated along an axis
		axis := s.IntN(rank)
		without := func(list []int) []int { return slices.Delete(slices.Clone(list), axis, axis+1) }
		return see(draw(without(dims)), compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: without(upTo(rank))},
			without)
	case kind == 4: // of a loop
		x := draw(dims)
		return tensor{
			s.op(compute.OpTypeAdd, nil, d, dims, x.Value, x.Value),
			fill(dims, func(i []int) float64 { return 2 * x.at(i) }),
		}
	}
	return draw(dims)
}

// lengths draws a rank of 1 to 3 and the lengths of its axes, seldom 0.
func (s *sketch) lengths(atLeast int) []int {
	list := make([]int, 1+s.IntN(3))
	for i := range list {
		list[i] = max(atLeast, []int{1, 1, 2, 3, 5, 7, 13, 0}[s.IntN(8)])
	}
	return list
}

// expect runs the graph on two threads and compares the results, bit by bit.
func (s *sketch) expect(t *testing.T, want ...tensor) {
	t.Helper()
	pool := parallel.New(2)
	defer pool.Close()
	var outputs [][]byte
	for _, w := range want {
		s.Results = append(s.Results, w.Value)
		outputs = append(outputs, make([]byte, len(w.elements)*w.Shape.DType.Size()))
	}
	p, err := Function(s.Function, "test", pool)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Function)
	}
	for _, o := range outputs {
		for i := range o {
			o[i] = 0xff
		}
	}
	if err := p.Run(s.inputs, outputs); err != nil {
		t.Fatalf("%v\n%s", err, s.Function)
	}
	for i, w := range want {
		if !slices.Equal(outputs[i], encode(w.Shape.DType, w.elements)) {
			t.Fatalf("result %d is %v,\nwant (in float64) %v\n%s", i, outputs[i], w.elements, s.Function)
		}
	}
}

// encode is the memory of a tensor.
func encode(d dtypes.DType, elements []float64) []byte {
	list := []byte{}
	for _, x := range elements {
		switch d {
		case dtypes.Float32:
			list = append(list, program.CastBytes([]float32{float32(x)})...)
		case dtypes.BFloat16:
			list = append(list, program.CastBytes([]bfloat16.BFloat16{bfloat16.FromFloat64(x)})...)
		case dtypes.Float64:
			list = append(list, program.CastBytes([]float64{x})...)
		case dtypes.Int64:
			list = append(list, program.CastBytes([]int64{int64(x)})...)
		case dtypes.Int32:
			list = append(list, program.CastBytes([]int32{int32(x)})...)
		case dtypes.Uint8:
			list = append(list, byte(x))
		default:
			panic(d)
		}
	}
	return list
}

// types are one of each width and class.
var types = []dtypes.DType{dtypes.Float32, dtypes.BFloat16, dtypes.Float64, dtypes.Int64, dtypes.Int32, dtypes.Uint8}

// operations runs a test of graphs of one operation, for shapes, views and data types that are
// drawn.
func operations(t *testing.T, rounds int, test func(t *testing.T, s *sketch, d dtypes.DType)) {
	seed := testseed.Seed(t)
	for i := range rounds {
		s := &sketch{Function: &graph.Function{Name: "test"}, Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		test(t, s, types[s.IntN(len(types))])
	}
}
