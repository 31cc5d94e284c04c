package vit

import (
	"cmp"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
)

// mlp is fc2(act(fc1(x))), with the activation Act, or with SwiGLU fc2(silu(a) ∘ b) where fc1(x) =
// (a, b), over x [B, T, D] (Shazeer 2020, under the names of timm's packed form, whose fc1 is
// DINOv2's w12).
func (m *Model) mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	hidden, init := m.MLPHidden(), layer.Transformer(m.InitStd)
	if m.SwiGLU {
		both := layer.Linear(scope.At("fc1"), x, 2*hidden, init)
		gate := graph.Slice(both, graph.AxisRange(), graph.AxisRange(), graph.AxisRangeFromStart(hidden))
		value := graph.Slice(both, graph.AxisRange(), graph.AxisRange(), graph.AxisRangeToEnd(hidden))
		x = graph.Mul(layer.SiLU(gate), value)
	} else {
		x = m.activation()(layer.Linear(scope.At("fc1"), x, hidden, init))
	}
	return layer.Linear(scope.At("fc2"), x, m.EmbedDim, init)
}

// Activations of the MLP.
const (
	GELU      = "gelu"       // exact
	GELUTanh  = "gelu_tanh"  // approximated by a hyperbolic tangent
	QuickGELU = "quick_gelu" // x·σ(1.702·x), CLIP's
	ReLU      = "relu"
	SiLU      = "silu"
)

// Activations are the names that [Config].Act takes.
func Activations() []string {
	return []string{GELU, GELUTanh, QuickGELU, ReLU, SiLU}
}

func (m *Model) activation() func(*graph.Node) *graph.Node {
	return map[string]func(*graph.Node) *graph.Node{
		GELU: layer.GELU, GELUTanh: layer.GELUTanh, QuickGELU: layer.QuickGELU, ReLU: layer.ReLU,
		SiLU: layer.SiLU,
	}[cmp.Or(m.Activation, GELU)]
}
