package distill

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/weights"
)

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
	return tensors.FromFlatDataAndDimensions(graphtest.Floats(x)[i*size:(i+1)*size], dims...)
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
