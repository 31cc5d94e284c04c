// Package optim updates parameters: AdamW in torch's arithmetic, with parameter groups, and
// gradient clipping, as graphs. The scheduled numbers come in as nodes, so nothing is compiled
// again when they change.
package optim

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/option"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), in torch's
// order of operations:
//
//	w ← w·(1 − lr·wd);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε).
type AdamW struct {
	Beta1 float64 `yaml:"beta1"`
	Beta2 float64 `yaml:"beta2"`
	Eps   float64 `yaml:"eps"`
}

// Validate reports the first option that cannot work.
func (a AdamW) Validate() error {
	for _, f := range []struct {
		name  option.Name
		value float64
	}{{"beta1", a.Beta1}, {"beta2", a.Beta2}} {
		if !(f.value >= 0 && f.value < 1) {
			return option.Errorf("optim", f.name, "is %g: must be in [0, 1)", f.value)
		}
	}
	if !(a.Eps > 0) {
		return option.Errorf("optim", "eps", "is %g: must be positive", a.Eps)
	}
	return nil
}

// Correction returns the two factors of bias correction after t updates of a parameter, counted
// from 1: 1/(1 − β₁ᵗ) and 1/√(1 − β₂ᵗ). For t < 1, a parameter that has not been updated yet, both
// are 0 and not meant for use.
func (a AdamW) Correction(t int) (mean, root float64) {
	if t < 1 {
		return 0, 0
	}
	return 1 / (1 - math.Pow(a.Beta1, float64(t))), 1 / math.Sqrt(1-math.Pow(a.Beta2, float64(t)))
}

// Group holds the scheduled numbers that several parameters share, all float32 scalar nodes.
type Group struct {
	LR             *graph.Node
	WeightDecay    *graph.Node // nil: no decay
	MeanCorrection *graph.Node
	RootCorrection *graph.Node
	Frozen         *graph.Node // bool: leave parameter and moments as they are; nil: never
}

// scope of the moments: "/optimizer/m/<path of the parameter>" and "/optimizer/v/…".
const scopeName = "optimizer"

// Update applies one step to a parameter, given its gradient, and advances its two moments.
func (a AdamW) Update(store *model.Store, parameter *model.Variable, gradient *graph.Node, group Group) {
	g := gradient.Graph()
	mean, square := a.moment(store, "m", parameter), a.moment(store, "v", parameter)
	w, m, v := parameter.NodeValue(g), mean.NodeValue(g), square.NodeValue(g)
	newM := graph.Add(graph.MulScalar(m, a.Beta1), graph.MulScalar(gradient, 1-a.Beta1))
	newV := graph.Add(graph.MulScalar(v, a.Beta2), graph.MulScalar(graph.Square(gradient), 1-a.Beta2))
	newW := w
	if group.WeightDecay != nil {
		newW = graph.Mul(newW, graph.OneMinus(graph.Mul(group.LR, group.WeightDecay)))
	}
	denominator := graph.AddScalar(graph.Mul(graph.Sqrt(newV), group.RootCorrection), a.Eps)
	newW = graph.Sub(newW, graph.Mul(graph.Mul(group.LR, group.MeanCorrection), graph.Div(newM, denominator)))
	keep := func(old, new *graph.Node) *graph.Node {
		if group.Frozen == nil {
			return new
		}
		return graph.Where(graph.BroadcastToDims(group.Frozen, old.Shape().Dimensions...), old, new)
	}
	parameter.SetNodeValue(keep(w, newW))
	mean.SetNodeValue(keep(m, newM))
	square.SetNodeValue(keep(v, newV))
}

func (AdamW) moment(store *model.Store, which string, parameter *model.Variable) *model.Variable {
	scope := store.Scope("/" + scopeName + "/" + which + parameter.Scope())
	return layer.Buffer(scope, parameter.Name(), layer.Constant(0), parameter.Shape().Dimensions...)
}
