package dino

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/weights"
)

// engine opens the engine that all tests of this package run on.
func engine(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// call builds a graph over a store, runs it once and returns its outputs.
func call(t testing.TB, b compute.Backend, store *model.Store, build func(scope *model.Scope, inputs []*graph.Node) []*graph.Node, inputs ...*tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	exec, err := model.NewExec(b, store, build)
	if err != nil {
		t.Fatal(err)
	}
	args := make([]any, len(inputs))
	for i, input := range inputs {
		args[i] = input
	}
	outputs, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

func floats(t *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](t) }

// load reads a tensor of a golden file.
func load(t testing.TB, f *weights.File, name string) *tensors.Tensor {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return fromFile(t, tensor)
}

func fromFile(t testing.TB, tensor weights.Tensor) *tensors.Tensor {
	t.Helper()
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return tensors.FromFlatDataAndDimensions(values, tensor.Shape...)
}

// row returns element i of the first axis of a tensor.
func row(x *tensors.Tensor, i int) *tensors.Tensor {
	dims := x.Shape().Dimensions[1:]
	size := x.Shape().Size() / x.Shape().Dim(0)
	return tensors.FromFlatDataAndDimensions(floats(x)[i*size:(i+1)*size], dims...)
}

func scalar(v float64) *tensors.Tensor { return tensors.FromValue(float32(v)) }

// l2 is the L2 norm of values.
func l2(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// randomFloats draws n values from N(0, 1).
func randomFloats(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}
