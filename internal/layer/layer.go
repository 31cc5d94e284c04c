// Package layer holds the few building blocks that the backbones and heads share, under PyTorch's
// names and layouts: a linear layer stores `weight` as [out, in] and `bias` as [out], a layer norm
// stores `weight` and `bias` as [D].
//
// Variables live in a [model.Store]; the path of a variable with "/" read as "." is its name in a
// state dict, so "/backbone/student/blocks/0/attn/qkv/weight" is timm's "blocks.0.attn.qkv.weight"
// under a prefix.
//
// Every layer computes in the data type of its input and keeps its parameters in float32, so
// converting the images to bfloat16 once is all that mixed precision takes. Statistics (means,
// variances, softmax, norms) are float32 whatever the input is.
//
// The functions build graphs and panic on a shape error, as GoMLX's own do; executors turn the
// panic into an error.
package layer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// ParamSeed is the store parameter that holds the seed (uint64) of all initial values.
const ParamSeed = "init_seed"

// ParamShapes is the store parameter (bool) under which variables are created without values:
// enough to build a graph, and to learn of all that is wrong with it, without the memory and the
// time that the values take.
const ParamShapes = "shapes_only"

// Parameter returns the value of the trainable float32 variable `name` in scope. Where the variable
// does not exist yet it is created, with values drawn by init on the host: they are a function of
// (seed, variable path) and of nothing else, so neither the order of construction nor the engine
// changes them.
func Parameter(scope *model.Scope, g *graph.Graph, name string, init Init, dims ...int) *graph.Node {
	return variable(scope, name, init, dims).NodeValue(g)
}

// Buffer is [Parameter] for state that is not trained, such as running statistics. It returns the
// variable so that the caller can update it.
func Buffer(scope *model.Scope, name string, init Init, dims ...int) *model.Variable {
	return variable(scope, name, init, dims).SetTrainable(false)
}

// Counter is a scalar int64 buffer that starts at 0.
func Counter(scope *model.Scope, name string) *model.Variable {
	if v := scope.GetVariable(name); v != nil {
		return v.SetTrainable(false)
	}
	return scope.VariableWithValue(name, int64(0)).SetTrainable(false)
}

func variable(scope *model.Scope, name string, init Init, dims []int) *model.Variable {
	if v := scope.GetVariable(name); v != nil {
		if want := shapes.Make(dtypes.Float32, dims...); !v.Shape().Equal(want) {
			exceptions.Panicf("layer: variable %s is %s: this network needs %s", v.Path(), v.Shape(), want)
		}
		return v
	}
	if model.GetRootParamOr(scope.Store(), ParamShapes, false) {
		return scope.VariableWithShape(name, shapes.Make(dtypes.Float32, dims...))
	}
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	init(NewRand(seed(scope.Store()), scope.Scope()+model.ScopeSeparator+name), values, dims)
	return scope.VariableWithValue(name, tensors.FromFlatDataAndDimensions(values, dims...))
}

func seed(store *model.Store) uint64 { return model.GetRootParamOr(store, ParamSeed, uint64(0)) }

// Float32 converts x to float32; it is the identity where x is float32 already.
func Float32(x *graph.Node) *graph.Node { return convert(x, dtypes.Float32) }

// Like converts x to the data type of reference.
func Like(x, reference *graph.Node) *graph.Node { return convert(x, reference.DType()) }

func convert(x *graph.Node, dtype dtypes.DType) *graph.Node {
	if x.DType() == dtype {
		return x
	}
	return graph.ConvertDType(x, dtype)
}
