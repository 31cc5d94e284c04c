package optim

import (
	"strings"
)

// Decay rules: which parameters weight decay applies to.
const (
	DecayAll      = "all"      // every parameter (the seed's library)
	DecayMatrices = "matrices" // all but biases and one-dimensional parameters (the official code)
)

// Decays tells whether a rule decays the parameter of a name such as "blocks.0.attn.qkv.bias" and a
// rank.
func Decays(rule, name string, rank int) bool {
	if rule == DecayAll {
		return true
	}
	return rank != 1 && name != "bias" && !strings.HasSuffix(name, ".bias")
}
