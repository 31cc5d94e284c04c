package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

const anyNumber = -1

// operator is how an operator is computed, and how many inputs it has.
type operator struct {
	inputs  int
	compute func(*evaluation, Node) []value
}

// operators maps the names of ONNX's operators to their definitions.
var operators = map[string]operator{
	"Identity":           {1, unary(func(x *graph.Node) *graph.Node { return x })},
	"Erf":                {1, unary(graph.Erf)},
	"Sigmoid":            {1, unary(graph.Sigmoid)},
	"Tanh":               {1, unary(graph.Tanh)},
	"Relu":               {1, unary(func(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) })},
	"Add":                {2, binary(graph.Add)},
	"Mul":                {2, binary(graph.Mul)},
	"Div":                {2, binary(graph.Div)},
	"MatMul":             {2, tensorOf(matMul)},
	"Conv":               {3, tensorOf(conv)},
	"LayerNormalization": {3, tensorOf(layerNorm)},
	"Softmax":            {1, tensorOf(softmax)},
	"ReduceMean":         {1, tensorOf(reduce(graph.ReduceMean))},
	"ReduceMax":          {1, tensorOf(reduce(graph.ReduceMax))},
	"Transpose":          {1, tensorOf(transposeAxes)},
	"Reshape":            {2, tensorOf(reshape)},
	"Expand":             {2, tensorOf(expand)},
	"Slice":              {4, tensorOf(slice)},
	"Gather":             {2, tensorOf(gather)},
	"Concat":             {anyNumber, concat},
	"Split":              {1, splitAxis},
	"Shape":              {1, shape},
}

func unary(f func(x *graph.Node) *graph.Node) func(*evaluation, Node) []value {
	return tensorOf(func(e *evaluation, n Node) *graph.Node { return f(e.tensor(n.Inputs[0])) })
}

func binary(f func(x, y *graph.Node) *graph.Node) func(*evaluation, Node) []value {
	return tensorOf(func(e *evaluation, n Node) *graph.Node {
		x, y := e.tensor(n.Inputs[0]), e.tensor(n.Inputs[1])
		rank := max(x.Rank(), y.Rank())
		return f(graph.ExpandLeftToRank(x, rank), graph.ExpandLeftToRank(y, rank))
	})
}

func tensorOf(f func(*evaluation, Node) *graph.Node) func(*evaluation, Node) []value {
	return func(e *evaluation, n Node) []value { return []value{{node: f(e, n)}} }
}

// need returns an attribute that the node must have.
func need[T any](n Node, name string) T {
	v, ok := attribute[T](n, name)
	if !ok {
		exceptions.Panicf("onnx: node %q: %s needs the attribute %q", n.Name, n.Op, name)
	}
	return v
}

// matMul multiplies tokens with a matrix, or the matrices of heads.
func matMul(e *evaluation, n Node) *graph.Node {
	x, y := e.tensor(n.Inputs[0]), e.tensor(n.Inputs[1])
	if y.Rank() == 2 {
		return graph.Einsum("bti,io->bto", x, y)
	}
	return graph.Einsum("bhij,bhjk->bhik", x, y)
}

// conv is a convolution without overlap or padding: a product of each patch with the kernel.
func conv(e *evaluation, n Node) *graph.Node {
	x, kernel, bias := e.tensor(n.Inputs[0]), e.tensor(n.Inputs[1]), e.tensor(n.Inputs[2])
	side, strides := need[[]int64](n, "kernel_shape"), need[[]int64](n, "strides")
	if len(side) != 2 || !slices.Equal(side, strides) || x.Rank() != 4 {
		exceptions.Panicf("onnx: node %q: kernel %v and stride %v must be equal, of two axes", n.Name, side, strides)
	}
	h, w := int(side[0]), int(side[1])
	dims := x.Shape().Dimensions
	rows, cols := dims[2]/h, dims[3]/w
	x = graph.Slice(x, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, rows*h), graph.AxisRange(0, cols*w))
	x = graph.Reshape(x, dims[0], dims[1], rows, h, cols, w)
	y := graph.Einsum("bcihjw,dchw->bdij", x, kernel)
	return graph.Add(y, graph.Reshape(bias, 1, bias.Shape().Dim(0), 1, 1))
}

func layerNorm(e *evaluation, n Node) *graph.Node {
	x, weight, bias := e.tensor(n.Inputs[0]), e.tensor(n.Inputs[1]), e.tensor(n.Inputs[2])
	if axis := need[int64](n, "axis"); axis != -1 {
		exceptions.Panicf("onnx: node %q: axis is %d, want -1", n.Name, axis)
	}
	centered := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, -1))
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, -1)
	y := graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, float64(need[float32](n, "epsilon")))))
	return graph.Add(graph.Mul(y, graph.ExpandLeftToRank(weight, x.Rank())), graph.ExpandLeftToRank(bias, x.Rank()))
}

func softmax(e *evaluation, n Node) *graph.Node {
	return graph.Softmax(e.tensor(n.Inputs[0]), int(need[int64](n, "axis")))
}

// reduce takes axes together, which disappear.
func reduce(f func(x *graph.Node, axes ...int) *graph.Node) func(*evaluation, Node) *graph.Node {
	return func(e *evaluation, n Node) *graph.Node {
		if need[int64](n, "keepdims") != 0 {
			exceptions.Panicf("onnx: node %q: keepdims must be 0", n.Name)
		}
		return f(e.tensor(n.Inputs[0]), ints(need[[]int64](n, "axes"))...)
	}
}

func transposeAxes(e *evaluation, n Node) *graph.Node {
	return graph.TransposeAllAxes(e.tensor(n.Inputs[0]), ints(need[[]int64](n, "perm"))...)
}

// reshape keeps the dimensions that are 0.
func reshape(e *evaluation, n Node) *graph.Node {
	x, dims := e.tensor(n.Inputs[0]), ints(e.integers(n.Inputs[1]))
	for i, d := range dims {
		if d == 0 {
			dims[i] = x.Shape().Dim(i)
		}
	}
	return graph.Reshape(x, dims...)
}

// expand repeats dimensions of 1; a dimension of 1 that is asked for leaves the tensor's.
func expand(e *evaluation, n Node) *graph.Node {
	x, dims := e.tensor(n.Inputs[0]), ints(e.integers(n.Inputs[1]))
	for i, d := range dims {
		if d == 1 {
			dims[i] = x.Shape().Dim(i)
		}
	}
	return graph.BroadcastToDims(x, dims...)
}

// slice takes the elements [start, end) of one axis.
func slice(e *evaluation, n Node) *graph.Node {
	x := e.tensor(n.Inputs[0])
	start, end, axis := e.integers(n.Inputs[1]), e.integers(n.Inputs[2]), e.integers(n.Inputs[3])
	ranges := make([]graph.SliceAxisSpec, x.Rank())
	for i := range ranges {
		ranges[i] = graph.AxisRange()
	}
	ranges[axis[0]] = graph.AxisRange(int(start[0]), int(end[0]))
	return graph.Slice(x, ranges...)
}

// gather takes one element of an axis, which disappears.
func gather(e *evaluation, n Node) *graph.Node {
	x, axis, index := e.tensor(n.Inputs[0]), int(need[int64](n, "axis")), e.integers(n.Inputs[1])
	ranges := make([]graph.SliceAxisSpec, x.Rank())
	for i := range ranges {
		ranges[i] = graph.AxisRange()
	}
	ranges[axis] = graph.AxisElem(int(index[0]))
	return graph.Squeeze(graph.Slice(x, ranges...), axis)
}

// concat joins tensors, or integers.
func concat(e *evaluation, n Node) []value {
	axis := int(need[int64](n, "axis"))
	var nodes []*graph.Node
	var integers []int64
	for _, name := range n.Inputs {
		if v := e.values[name]; v.ints != nil {
			integers = append(integers, v.ints...)
		} else {
			nodes = append(nodes, e.tensor(name))
		}
	}
	if len(nodes) > 0 && len(integers) > 0 {
		exceptions.Panicf("onnx: node %q joins tensors and integers", n.Name)
	}
	if len(nodes) == 0 {
		return []value{{ints: integers}}
	}
	return []value{{node: graph.Concatenate(nodes, axis)}}
}

// splitAxis cuts the last axis into as many equal parts as the node has outputs.
func splitAxis(e *evaluation, n Node) []value {
	x, parts := e.tensor(n.Inputs[0]), len(n.Outputs)
	if axis := need[int64](n, "axis"); axis != -1 || parts == 0 || x.Shape().Dim(-1)%parts != 0 {
		exceptions.Panicf("onnx: node %q cannot split axis %d of %s into %d equal parts", n.Name, axis, x.Shape(),
			parts)
	}
	width := x.Shape().Dim(-1) / parts
	results := make([]value, parts)
	for i := range results {
		results[i].node = graph.Slice(x, graph.AxisRange().Spacer(), graph.AxisRange(i*width, (i+1)*width))
	}
	return results
}

// shape returns the dimensions [start, end) of a tensor.
func shape(e *evaluation, n Node) []value {
	dims := e.tensor(n.Inputs[0]).Shape().Dimensions
	start, end := int(need[int64](n, "start")), int(need[int64](n, "end"))
	var integers []int64
	for _, d := range dims[start:end] {
		integers = append(integers, int64(d))
	}
	return []value{{ints: integers}}
}

func ints(values []int64) []int {
	out := make([]int, len(values))
	for i, v := range values {
		if v > math.MaxInt32 || v < math.MinInt32 {
			exceptions.Panicf("onnx: %d is out of range", v)
		}
		out[i] = int(v)
	}
	return out
}
