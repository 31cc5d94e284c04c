package vit

import (
	"fmt"

	"github.com/dino-go/dino/nets"
)

// Kind is the name of this family of networks.
const Kind = "vit"

// Kind is the constant of that name.
func (c Config) Kind() string { return Kind }

// Width is EmbedDim.
func (c Config) Width() int { return c.EmbedDim }

// Geometry follows from the patches and from how the position embedding is resampled.
func (c Config) Geometry() nets.Geometry {
	g := nets.Geometry{Channels: c.InChannels, Patch: c.PatchSize, Native: c.ImageSize}
	if c.PosEmbed != PosEmbedTimm {
		g.Edge = nets.EdgeIgnored
	}
	return g
}

// Outputs has all that there is; without a class token, the features are pooled of the patches.
func (c Config) Outputs() nets.Outputs {
	return nets.Outputs{Class: c.ClassToken, Prefix: c.PrefixTokens(), Blocks: c.Depth, Heads: c.NumHeads}
}

// New returns the transformer.
func (c Config) New() (nets.Network, error) {
	m, err := New(c)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Of returns the configuration of a network that must be a vision transformer: what code begins
// with that is for no other family.
func Of(c nets.Config) (Config, error) {
	if c == nil {
		return Config{}, fmt.Errorf("there is no network: must be one of kind %s, a vision transformer", Kind)
	}
	if v, ok := c.(Config); ok {
		return v, nil
	}
	return Config{}, fmt.Errorf("the network is of kind %s: must be of kind %s, a vision transformer", c.Kind(), Kind)
}
