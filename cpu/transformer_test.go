package cpu

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// smallTransformer is a pre-norm transformer as networks write it: layer norms and softmax in
// float32, everything else in the precision, weights [out, in] in float32, and queries, keys and
// values from one projection.
type smallTransformer struct{ batch, tokens, width, heads, blocks int }

// parametersOfBlock is the number of parameters of a block: weight and bias of norm1, qkv, proj,
// norm2, fc1 and fc2.
const parametersOfBlock = 12

// inputs are the tokens [batch, tokens, width] and the parameters, with numbers that differ.
func (s smallTransformer) inputs() []any {
	d := s.width
	dims := [][]int{{s.batch, s.tokens, d}}
	for range s.blocks {
		dims = append(dims, []int{d}, []int{d}, []int{3 * d, d}, []int{3 * d}, []int{d, d}, []int{d},
			[]int{d}, []int{d}, []int{4 * d, d}, []int{4 * d}, []int{d, 4 * d}, []int{d})
	}
	var list []any
	for i, shape := range dims {
		size := 1
		for _, n := range shape {
			size *= n
		}
		x := make([]float32, size)
		for j := range x {
			x[j] = float32(math.Sin(float64(i+7*j))) / float32(math.Sqrt(float64(d)))
		}
		list = append(list, tensors.FromFlatDataAndDimensions(x, shape...))
	}
	return list
}

// forward is [batch, tokens, width] in the precision.
func (s smallTransformer) forward(in []*graph.Node, precision dtypes.DType) *graph.Node {
	x := graph.ConvertDType(in[0], precision)
	for block := range s.blocks {
		p := in[1+block*parametersOfBlock:]
		x = graph.Add(x, s.attention(layerNorm(x, p[0], p[1]), p[2:6]))
		x = graph.Add(x, dense(gelu(dense(layerNorm(x, p[6], p[7]), p[8], p[9])), p[10], p[11]))
	}
	return x
}

func (s smallTransformer) attention(x *graph.Node, p []*graph.Node) *graph.Node {
	width := s.width / s.heads
	qkv := graph.Reshape(dense(x, p[0], p[1]), s.batch, s.tokens, 3, s.heads, width)
	qkv = graph.TransposeAllAxes(qkv, 2, 0, 3, 1, 4)
	part := func(i int) *graph.Node { return graph.Squeeze(graph.Slice(qkv, graph.AxisElem(i)), 0) }
	q, k, v := graph.MulScalar(part(0), 1/math.Sqrt(float64(width))), part(1), part(2)
	probabilities := like(softmax(graph.Einsum("bhqd,bhkd->bhqk", q, k), -1), v)
	y := graph.TransposeAllAxes(graph.Einsum("bhqk,bhkd->bhqd", probabilities, v), 0, 2, 1, 3)
	return dense(graph.Reshape(y, s.batch, s.tokens, s.width), p[2], p[3])
}

// dense is x·weightᵀ + bias over the last axis.
func dense(x, weight, bias *graph.Node) *graph.Node {
	dims := slices.Clone(x.Shape().Dimensions)
	in, last := weight.Shape().Dim(1), len(dims)-1
	rows := graph.Reshape(x, x.Shape().Size()/in, in)
	y := graph.DotGeneral(rows, []int{1}, nil, like(weight, x), []int{1}, nil)
	dims[last] = weight.Shape().Dim(0)
	return graph.Add(graph.Reshape(y, dims...), graph.ExpandLeftToRank(like(bias, x), len(dims)))
}

func layerNorm(x, weight, bias *graph.Node) *graph.Node {
	y := graph.ConvertDType(x, dtypes.Float32)
	y = graph.Sub(y, graph.ReduceAndKeep(y, graph.ReduceMean, -1))
	y = graph.Div(y, graph.Sqrt(graph.AddScalar(graph.ReduceAndKeep(graph.Square(y), graph.ReduceMean, -1), 1e-6)))
	y = graph.Mul(y, graph.ExpandLeftToRank(weight, 3))
	return graph.ConvertDType(graph.Add(y, graph.ExpandLeftToRank(bias, 3)), x.DType())
}

// Attention of transformers is fused in float32 and bfloat16: the gradient that GoMLX derives
// converts between the two at places of its own.
func TestAttentionOfTransformersIsFused(t *testing.T) {
	transformer := smallTransformer{batch: 2, tokens: 17, width: 128, heads: 2, blocks: 2}
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		p := kernels(t, func(in []*graph.Node) []*graph.Node {
			y := graph.ConvertDType(transformer.forward(in, precision), dtypes.Float32)
			return graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), in...)
		}, transformer.inputs()...)
		if got := named(p, "attention"); len(got) != 4 || len(named(p, "attention gradient")) != 2 {
			t.Errorf("%s: kernels %q: want attention and its gradient for each of two blocks", precision, got)
		}
		if got := named(p, ""); slices.Contains(got, "loop Mul") {
			t.Errorf("%s: kernels %q: want no product with a number alone, as the scale of the queries is "+
				"the attention's", precision, got)
		}
	}
}
