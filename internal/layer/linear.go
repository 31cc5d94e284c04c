package layer

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// LinearInit tells how a linear layer starts: the weight, and the bias, which is absent where nil.
type LinearInit struct{ Weight, Bias Init }

// Transformer is the initialisation of timm's and the official vision transformers: weights N(0,
// std²), biases zero. Theirs is TransformerStd.
func Transformer(std float64) LinearInit {
	return LinearInit{Weight: TruncNormal(std), Bias: Constant(0)}
}

// TransformerStd is the standard deviation of the references' initial weights.
const TransformerStd = 0.02

// Torch is the default initialisation of torch.nn.Linear for an input of width in.
func Torch(in int) LinearInit { return LinearInit{Weight: FanIn(in), Bias: FanIn(in)} }

// WithoutBias returns the same initialisation for a layer that has no bias.
func (l LinearInit) WithoutBias() LinearInit { return LinearInit{Weight: l.Weight} }

// Linear is y = x·weightᵀ + bias over the last axis: x [..., in] → [..., out], with `weight` [out,
// in] and `bias` [out] in scope.
func Linear(scope *model.Scope, x *graph.Node, out int, init LinearInit) *graph.Node {
	if x.Rank() < 1 {
		exceptions.Panicf("layer: linear %s needs an input of rank 1 or more, got %s", scope.Scope(), x.Shape())
	}
	in := x.Shape().Dim(-1)
	y := MatMulTransposed(x, Parameter(scope, x.Graph(), "weight", init.Weight, out, in))
	if init.Bias != nil {
		bias := convert(Parameter(scope, x.Graph(), "bias", init.Bias, out), x.DType())
		y = graph.Add(y, graph.ExpandLeftToRank(bias, y.Rank()))
	}
	return y
}

// MatMulTransposed is x·wᵀ over the last axis of x, for w [out, in], in the data type of x.
func MatMulTransposed(x, w *graph.Node) *graph.Node {
	w = convert(w, x.DType())
	in, out := w.Shape().Dim(1), w.Shape().Dim(0)
	if x.Shape().Dim(-1) != in {
		exceptions.Panicf("layer: an input of width %d does not fit a weight of shape [%d, %d]", x.Shape().Dim(-1), out,
			in)
	}
	dims := append([]int(nil), x.Shape().Dimensions...)
	rows := graph.Reshape(x, x.Shape().Size()/in, in)
	y := graph.DotGeneral(rows, []int{1}, nil, w, []int{1}, nil)
	dims[len(dims)-1] = out
	return graph.Reshape(y, dims...)
}
