// Package projection describes the projection heads of DINO, which map features to logits over
// prototypes: what a configuration, a file of weights and the modules of package distill have in
// common.
//
// Tests: property (shapes); package distill compares them with the variables that its modules
// create.
package projection

import "fmt"

// Kinds of heads.
const (
	Seed     = "seed"     // that of the seed class: distill.Projector
	Official = "official" // that of the official release: distill.OfficialHead
)

// Config describes a head. Exported weights hold it as JSON.
type Config struct {
	Kind       string // seed or official
	Hidden     int    // width of the hidden layers
	Bottleneck int    // width before the prototypes
	Prototypes int    // K, the width of the logits
	Layers     int    // linear layers before the prototypes; the seed's has 3
	BatchNorm  bool   // official: batch norm in the MLP
	// NormLastLayer, official, holds the norms of the prototypes at 1 in training. Weights do not
	// show it.
	NormLastLayer bool `json:"-"`
}

// Stored is the head as its weights show it: without what the kind or a single layer has no use
// for, and without [Config].NormLastLayer.
func (c Config) Stored() Config {
	c.NormLastLayer = false
	if c.Kind == Seed {
		c.Layers, c.BatchNorm = 3, false
	}
	if c.Layers == 1 {
		c.Hidden, c.BatchNorm = 0, false
	}
	return c
}

// String says it in a line.
func (c Config) String() string {
	norm := ""
	if c.BatchNorm {
		norm = " with batch norm"
	}
	return fmt.Sprintf("%s, %d layers of %d%s, bottleneck %d, %d prototypes", c.Kind, c.Layers, c.Hidden, norm,
		c.Bottleneck, c.Prototypes)
}

// Shapes lists the variables of the head for features of a width, with their shapes; linear layers
// are [out, in].
func (c Config) Shapes(width int) map[string][]int {
	if c.Kind == Seed {
		return map[string][]int{
			"0.weight": {c.Hidden, width}, "0.bias": {c.Hidden},
			"2.weight": {c.Hidden, c.Hidden}, "2.bias": {c.Hidden},
			"4.weight": {c.Bottleneck, c.Hidden}, "4.bias": {c.Bottleneck},
			"6.weight": {c.Prototypes, c.Bottleneck},
		}
	}
	shapes := map[string][]int{
		"last_layer.weight_g": {c.Prototypes, 1}, "last_layer.weight_v": {c.Prototypes, c.Bottleneck},
	}
	index := 0
	for i := range c.Layers {
		name, out := fmt.Sprintf("mlp.%d", index), c.Hidden
		if i == c.Layers-1 {
			out = c.Bottleneck
		}
		if c.Layers == 1 {
			name = "mlp"
		}
		shapes[name+".weight"], shapes[name+".bias"] = []int{out, width}, []int{out}
		width = out
		if index += 2; c.BatchNorm && i < c.Layers-1 {
			norm := fmt.Sprintf("mlp.%d.", index-1)
			for _, vector := range []string{"weight", "bias", "running_mean", "running_var"} {
				shapes[norm+vector] = []int{c.Hidden}
			}
			shapes[norm+"num_batches_tracked"] = []int{}
			index++
		}
	}
	return shapes
}
