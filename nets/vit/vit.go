// Package vit builds vision transformers (Dosovitskiy et al. 2021) as GoMLX graphs, under the names
// and with the numbers of timm's VisionTransformer and of the official DINO release.
//
// A [Model] holds no weights: they live in a [model.Store] under the scope that is passed in, and
// their paths are timm's state-dict names ("blocks.0.attn.qkv.weight" is
// "…/blocks/0/attn/qkv/weight"). Any image size works: the position embedding is resampled.
//
// Tests: golden (both references), oracle (resampling against its definition), property (sizes,
// shapes, parameter counts).
package vit

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

// Model is a vision transformer.
type Model struct{ Config }

// New returns the transformer for a valid configuration.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Model{c}, nil
}

// Forward returns the features [B, D] of images [B, C, H, W].
func (m *Model) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	return m.ForwardAll(scope, images, nets.Want{}).Features
}

// ForwardAll returns the named outputs for images [B, C, H, W].
func (m *Model) ForwardAll(scope *model.Scope, images *graph.Node, want nets.Want) nets.Output {
	return m.Trace(scope, images, want).Output
}

// WithoutNoise returns the same network without stochastic depth.
func (m *Model) WithoutNoise() nets.Network {
	c := m.Config
	c.DropPath = 0
	return &Model{c}
}

// Trace has the outputs of a forward pass and what goes into its first block.
type Trace struct {
	nets.Output
	PosEmbed *graph.Node // [1, P+N, D], the position embedding at this image size; P is 0 with NoEmbedClass
	Input    *graph.Node // [B, T, D], the input of the first block
}

// Trace runs the transformer: x = tokens + position; for every block x += attention(norm(x)), x +=
// mlp(norm(x)); the final norm, before or behind the pooling. H and W must be multiples of the
// patch size, except for official and hf weights, where surplus pixels at the bottom and right are
// ignored.
func (m *Model) Trace(scope *model.Scope, images *graph.Node, want nets.Want) Trace {
	x, grid := m.patchEmbed(scope.At("patch_embed"), images)
	out := Trace{
		Output:   nets.Output{Grid: grid, Prefix: m.PrefixTokens()},
		PosEmbed: m.posEmbed(scope, images, grid),
	}
	x = m.addPosition(scope, x, out.PosEmbed)
	out.Input = x

	for i := range m.Depth {
		last := i == m.Depth-1
		x, out.Attention = m.block(scope.At("blocks").At("%d", i), x, i, last && want.Attention)
		if i >= m.Depth-want.LastBlocks {
			out.Blocks = append(out.Blocks, m.finalNorm(scope, x))
		}
	}
	if m.Recompute {
		x = x.StopCheckpoint()
	}
	out.Tokens = m.finalNorm(scope, x)
	out.Features = m.pool(scope, out.Output)
	return out
}

// finalNorm is the norm of all tokens behind the last block, where there is one.
func (m *Model) finalNorm(scope *model.Scope, x *graph.Node) *graph.Node {
	if m.LastNorm() != NormTokens {
		return x
	}
	return layer.LayerNorm(scope.At("norm"), x, m.LayerNormEps)
}

// addPosition puts the class and register tokens in front of the patches [B, N, D] and adds the
// position embedding.
func (m *Model) addPosition(scope *model.Scope, patches, pos *graph.Node) *graph.Node {
	g, batch := patches.Graph(), patches.Shape().Dim(0)
	if m.NoEmbedClass {
		patches = graph.Add(patches, layer.Like(pos, patches))
	}
	var parts []*graph.Node
	prefix := func(name string, n int, init layer.Init) {
		token := layer.Parameter(scope, g, name, init, 1, n, m.EmbedDim)
		token = graph.BroadcastToDims(layer.Like(token, patches), batch, n, m.EmbedDim)
		parts = append(parts, token)
	}
	if m.ClassToken {
		std := 1e-6
		if m.PosEmbed == PosEmbedOfficial {
			std = 0.02
		}
		prefix("cls_token", 1, layer.TruncNormal(std))
	}
	if m.DistToken {
		prefix("dist_token", 1, layer.TruncNormal(0.02))
	}
	if m.RegTokens > 0 {
		prefix("reg_token", m.RegTokens, layer.Normal(1e-6))
	}
	x := graph.Concatenate(append(parts, patches), 1)
	if !m.NoEmbedClass {
		x = graph.Add(x, layer.Like(pos, x))
	}
	return x
}

// patchEmbed is a convolution with kernel and stride p, written as one matrix product: images [B,
// C, H, W] → [B, N, D].
func (m *Model) patchEmbed(scope *model.Scope, images *graph.Node) (*graph.Node, [2]int) {
	nets.CheckImages(m.Config, images)
	p := m.PatchSize
	batch, height, width := images.Shape().Dim(0), images.Shape().Dim(2), images.Shape().Dim(3)
	rows, cols := height/p, width/p
	if rows*p != height || cols*p != width {
		images = graph.Slice(images, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, rows*p),
			graph.AxisRange(0, cols*p))
	}
	patches := graph.Reshape(images, batch, m.InChannels, rows, p, cols, p)
	patches = graph.TransposeAllAxes(patches, 0, 2, 4, 1, 3, 5)
	patches = graph.Reshape(patches, batch, rows*cols, m.InChannels*p*p)

	proj, g := scope.At("proj"), images.Graph()
	fanIn := layer.FanIn(m.InChannels * p * p)
	kernel := layer.Parameter(proj, g, "weight", fanIn, m.EmbedDim, m.InChannels, p, p)
	bias := layer.Parameter(proj, g, "bias", fanIn, m.EmbedDim)
	x := layer.MatMulTransposed(patches, graph.Reshape(kernel, m.EmbedDim, m.InChannels*p*p))
	return graph.Add(x, graph.ExpandLeftToRank(layer.Like(bias, x), 3)), [2]int{rows, cols}
}
