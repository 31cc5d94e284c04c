// Package optim updates parameters: AdamW in torch's arithmetic, LARS in that of the official DINO
// code, and Muon, with parameter groups, and gradient clipping, as graphs. The scheduled numbers
// come in as nodes, so nothing is compiled again when they change.
package optim

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

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

// Update applies one step to a parameter, given its gradient, and advances its two moments.
func (a AdamW) Update(store *model.Store, parameter *model.Variable, gradient *graph.Node, group Group) {
	g := gradient.Graph()
	mean, square := moment(store, momentMean, parameter), moment(store, momentSquare, parameter)
	w, m, v := parameter.NodeValue(g), mean.NodeValue(g), square.NodeValue(g)
	newM := graph.Add(graph.MulScalar(m, a.Beta1), graph.MulScalar(gradient, 1-a.Beta1))
	newV := graph.Add(graph.MulScalar(v, a.Beta2), graph.MulScalar(graph.Square(gradient), 1-a.Beta2))
	newW := group.decayed(w, group.LR)
	denominator := graph.AddScalar(graph.Mul(graph.Sqrt(newV), group.RootCorrection), a.Eps)
	newW = graph.Sub(newW, graph.Mul(graph.Mul(group.LR, group.MeanCorrection), graph.Div(newM, denominator)))
	parameter.SetNodeValue(group.keep(w, newW))
	mean.SetNodeValue(group.keep(m, newM))
	square.SetNodeValue(group.keep(v, newV))
}

// Moments names the running means of gradients and of their squares.
func (AdamW) Moments() []string { return []string{momentMean, momentSquare} }

// Names of AdamW's moments.
const (
	momentMean   = "m"
	momentSquare = "v"
)
