package pythontest

import (
	_ "embed"
	"encoding/json"
	"testing"

	"github.com/dino-go/dino/weights"
)

//go:embed torch_load.py
var torchLoad string

// dtypes maps PyTorch's names of element types to those of package weights.
var dtypes = map[string]string{
	"torch.float32": weights.F32, "torch.float64": weights.F64, "torch.float16": weights.F16,
	"torch.bfloat16": weights.BF16, "torch.int64": weights.I64,
	"torch.int32": weights.I32, "torch.int16": weights.I16, "torch.int8": weights.I8, "torch.uint8": weights.U8,
	"torch.bool": weights.Bool,
}

// TorchLoad returns the tensors and the other values, as JSON, that torch.load(weights_only=True)
// finds in a file, under the names of [weights.PTH]. It skips the test where PyTorch is not
// installed: Debian's python3-torch will do.
func TorchLoad(t testing.TB, path string) (tensors map[string]weights.Tensor, values map[string]string) {
	t.Helper()
	var loaded struct {
		Torch   string
		Tensors map[string]struct {
			DType string
			Shape []int
			Data  []byte
		}
		Values map[string]json.RawMessage
	}
	Run(t, Find(t, "torch"), torchLoad, &loaded, path)
	t.Logf("PyTorch %s", loaded.Torch)
	tensors, values = map[string]weights.Tensor{}, map[string]string{}
	for name, tensor := range loaded.Tensors {
		tensors[name] = weights.Tensor{DType: dtypes[tensor.DType], Shape: tensor.Shape, Data: tensor.Data}
	}
	for name, value := range loaded.Values {
		values[name] = string(value)
	}
	return tensors, values
}
