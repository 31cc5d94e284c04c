// Package weightstest makes files of weights of small networks. It is imported by tests only.
package weightstest

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Side is the side of the images that the networks see.
const Side = 16

// Random writes the weights of a network with patches of 8 pixels, width 12, 2 heads and 3 blocks,
// drawn at random but always the same, and returns the file.
func Random(t testing.TB, dir string) string {
	t.Helper()
	c := vit.Custom(Side, 8, 12, 3, 2)
	rng := rand.New(rand.NewPCG(1, 2))
	tensors := map[string]weights.Tensor{}
	for _, name := range slices.Sorted(maps.Keys(c.Shapes())) {
		shape := c.Shapes()[name]
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(0.3 * rng.NormFloat64())
		}
		tensors[name] = weights.FromFloat32s(shape, values)
	}
	metadata, err := layout.Metadata(c, layout.ForCrop(Side, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.25, 0.25, 0.25}),
		nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "random.safetensors")
	if err := weights.Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return path
}
