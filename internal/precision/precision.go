// Package precision names what a network computes in. Weights stay in float32, as do statistics
// (norms, softmax), the loss and what is returned: every layer computes in the data type of its
// input, so that converting the images is all that a precision changes.
//
// Tests: property (data types in and out).
package precision

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Names of precisions, as options take them.
const (
	Float32  = "float32"
	BFloat16 = "bfloat16"
)

// Names lists the precisions.
func Names() []string { return []string{Float32, BFloat16} }

// Check reports a name that is no precision.
func Check(name string) error {
	if !slices.Contains(Names(), name) {
		return fmt.Errorf("precision is %q: must be %s or %s", name, Float32, BFloat16)
	}
	return nil
}

// Convert returns images, in float32, in the data type of a precision; those of [Float32] are the
// same node.
func Convert(images *graph.Node, name string) *graph.Node {
	if name == BFloat16 {
		return graph.ConvertDType(images, dtypes.BFloat16)
	}
	return images
}
