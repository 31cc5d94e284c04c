package weights_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/weights"
)

// Tensors go to a file whole or not at all, and come back by name; no tensor is read before it is
// asked for.
func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	err = weights.Write(path, map[string]weights.Tensor{
		"fc.weight": weights.FromFloat32s([]int{2, 3}, []float32{1, 2, 3, 4, 5, 6}),
		"fc.bias":   weights.FromFloat32s([]int{2}, []float32{0.5, -0.5}),
	}, map[string]string{"format": "pt"})
	if err != nil {
		fmt.Println(err)
		return
	}

	file, err := weights.OpenAny(path) // or a list of shards, or a PyTorch file
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	for _, name := range file.Names() {
		t, err := file.Tensor(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		values, err := t.Float32s()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(name, t.DType, t.Shape, values)
	}
	// Output:
	// fc.bias F32 [2] [0.5 -0.5]
	// fc.weight F32 [2 3] [1 2 3 4 5 6]
}
