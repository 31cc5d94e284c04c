// Package nets says what all networks have in common, whatever their family: a [Config] describes
// one before it has weights, a [Network] builds its graph. Code that needs no more than that takes
// these, and so works with networks of others.
//
// Package netstest, below, has the tests that every network must pass.
//
// Tests: property (which sizes a geometry takes, and its grids).
package nets

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Config describes a network. Two that print alike with %+v describe the same network, and so do a
// configuration and what is read of its JSON.
type Config interface {
	// Kind is the name of the family, such as "vit": lower-case letters and digits. It stands in
	// front of messages, in the metadata key "dino.KIND" of files, and selects what is made for one
	// family alone, such as the names of other projects.
	Kind() string

	// Validate reports the first option that cannot work, and what to do about it. The other
	// methods may rely on a valid configuration.
	Validate() error

	// Shapes lists the variables, with their shapes, under the names that they have in files: the
	// path below the scope of the network, with dots. Buffers such as running statistics are among
	// them.
	Shapes() map[string][]int

	// Width is D, the number of features of an image.
	Width() int

	// Geometry says which images the network takes, and the grid that it makes of them.
	Geometry() Geometry

	// Outputs says which of the parts of an [Output] the network has.
	Outputs() Outputs

	// New returns the network, or what Validate reports.
	New() (Network, error)
}

// Network builds the graph of a network. It holds no weights: its variables, float32, lie in the
// store below the scope that is passed in, and several graphs share them. It computes in the data
// type of the images, float32 or bfloat16, and returns that type.
//
// Images are [B, C, H, W], normalised. Those that the network does not take make its methods panic
// with a message that begins with the kind: see [CheckImages].
//
// A Network is a backbone of package distill as it is.
type Network interface {
	// Forward returns the features [B, D]: those of [Output].
	Forward(scope *model.Scope, images *graph.Node) *graph.Node

	// ForwardAll returns all outputs, and among them those that want asks for.
	ForwardAll(scope *model.Scope, images *graph.Node, want Want) Output

	// WithoutNoise returns the same network, over the same variables, free of noise such as dropout
	// and stochastic depth, whether the graph is one of training or not: the form that teachers and
	// evaluations use. The network itself may draw noise, from the random state of the store, in
	// any graph.
	WithoutNoise() Network
}

// Parameters is the number of elements of all variables of a network.
func Parameters(c Config) int {
	total := 0
	for _, shape := range c.Shapes() {
		elements := 1
		for _, d := range shape {
			elements *= d
		}
		total += elements
	}
	return total
}
