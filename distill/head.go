package distill

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets/projection"
)

// normalizeEps is the smallest norm that L2 normalisation divides by
// (torch.nn.functional.normalize).
const normalizeEps = 1e-12

// Projector is the head of the seed class: linear 0 → GELU → linear 2 → GELU → linear 4 → L2 norm →
// linear 6 without bias, under the names of its nn.Sequential. The rows of the last layer are free:
// logits are not bounded.
type Projector struct{ Hidden, Bottleneck, Out int }

// Forward maps features [N, D] to logits [N, Out].
func (p Projector) Forward(scope *model.Scope, x *graph.Node) *graph.Node {
	x = layer.GELU(layer.Linear(scope.At("0"), x, p.Hidden, layer.Torch(x.Shape().Dim(-1))))
	x = layer.GELU(layer.Linear(scope.At("2"), x, p.Hidden, layer.Torch(p.Hidden)))
	bottleneck := layer.Linear(scope.At("4"), x, p.Bottleneck, layer.Torch(p.Hidden))
	x = layer.Like(layer.L2Norm(bottleneck, normalizeEps), bottleneck)
	return layer.Linear(scope.At("6"), x, p.Out, layer.Torch(p.Bottleneck).WithoutBias())
}

// Prototypes names the last layer.
func (Projector) Prototypes() string { return "6" }

// OfficialHead is the head of the official release: Layers linear layers, all but the last followed
// by an optional batch norm and GELU, then L2 norm and a weight-normalised last layer. While
// NormLastLayer holds its factors at 1, logits lie in [−1, 1].
//
// The linear layers are numbered as in its nn.Sequential `mlp` (a single one is `mlp` itself); the
// last layer is `last_layer` with `weight_g` [Out, 1] and `weight_v` [Out, Bottleneck], its rows
// weight_g·weight_v/‖weight_v‖ (Salimans and Kingma 2016, eq. 2).
type OfficialHead struct {
	Hidden, Bottleneck, Out int
	Layers                  int
	BatchNorm               bool
	NormLastLayer           bool
	BatchNormEps            float64 // added to the variance; 0 takes PyTorch's default, 1e-5
	BatchNormMomentum       float64 // weight of the new batch in the running statistics; 0 takes PyTorch's default, 0.1
}

// Forward maps features [N, D] to logits [N, Out].
func (h OfficialHead) Forward(scope *model.Scope, x *graph.Node) *graph.Node {
	mlp, index := scope.At("mlp"), 0
	for i := range h.Layers {
		width, in := h.Hidden, mlp
		if i == h.Layers-1 {
			width = h.Bottleneck
		}
		if h.Layers > 1 {
			in = mlp.At("%d", index)
		}
		x = layer.Linear(in, x, width, layer.Transformer(layer.TransformerStd))
		if i == h.Layers-1 {
			break
		}
		if h.BatchNorm {
			index++
			x = h.batchNorm().Forward(mlp.At("%d", index), x, scope.IsTraining(x.Graph()))
		}
		x = layer.GELU(x)
		index += 2
	}
	unit := layer.Like(layer.L2Norm(x, normalizeEps), x)
	return h.lastLayer(scope.At("last_layer"), unit)
}

func (h OfficialHead) batchNorm() layer.BatchNorm {
	return layer.BatchNorm{Eps: cmp.Or(h.BatchNormEps, 1e-5), Momentum: cmp.Or(h.BatchNormMomentum, 0.1)}
}

func (h OfficialHead) lastLayer(scope *model.Scope, x *graph.Node) *graph.Node {
	g := x.Graph()
	direction := layer.Parameter(scope, g, "weight_v", layer.FanIn(h.Bottleneck), h.Out, h.Bottleneck)
	var gain *graph.Node
	if h.NormLastLayer {
		gain = layer.Buffer(scope, "weight_g", layer.Constant(1), h.Out, 1).NodeValue(g)
	} else {
		gain = layer.Parameter(scope, g, "weight_g", layer.Constant(1), h.Out, 1)
	}
	norm := graph.Sqrt(graph.ReduceAndKeep(graph.Square(direction), graph.ReduceSum, -1))
	return layer.MatMulTransposed(x, graph.Mul(direction, graph.Div(gain, norm)))
}

// Prototypes names the last layer.
func (OfficialHead) Prototypes() string { return "last_layer" }

// Head names of [Config].
const (
	HeadSeed     = projection.Seed     // [Projector]
	HeadOfficial = projection.Official // [OfficialHead]
)

// NewHead builds a head.
func NewHead(c projection.Config) (Head, error) {
	switch c.Kind {
	case HeadSeed:
		return Projector{Hidden: c.Hidden, Bottleneck: c.Bottleneck, Out: c.Prototypes}, nil
	case HeadOfficial:
		return OfficialHead{
			Hidden: c.Hidden, Bottleneck: c.Bottleneck, Out: c.Prototypes, Layers: c.Layers,
			BatchNorm: c.BatchNorm, NormLastLayer: c.NormLastLayer,
		}, nil
	}
	return nil, fmt.Errorf("distill: head is %q: must be %q or %q", c.Kind, HeadSeed, HeadOfficial)
}

// Projection describes the head of a model.
func (c Config) Projection() projection.Config {
	return projection.Config{
		Kind: c.Head, Hidden: c.ProjectorHiddenDim, Bottleneck: c.ProjectorBottleneckDim, Prototypes: c.NPrototypes,
		Layers: c.HeadLayers, BatchNorm: c.HeadBatchNorm, NormLastLayer: c.NormLastLayer,
	}
}

// WithProjection returns the configuration with another head. One without a hidden width, which has
// a single layer, leaves that option.
func (c Config) WithProjection(head projection.Config) Config {
	c.Head, c.HeadLayers, c.HeadBatchNorm, c.NormLastLayer = head.Kind, head.Layers, head.BatchNorm, head.NormLastLayer
	c.ProjectorBottleneckDim, c.NPrototypes = head.Bottleneck, head.Prototypes
	if head.Hidden > 0 {
		c.ProjectorHiddenDim = head.Hidden
	}
	return c
}
