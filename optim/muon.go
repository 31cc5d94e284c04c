package optim

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/option"
)

// Ways in which [Muon] fits the learning rate to the shape [A, B] of a matrix, under torch's names.
const (
	// AdjustMatchAdamW multiplies it by 0.2·√max(A, B), which makes an update as large as one of
	// AdamW, so that the rate and the weight decay of AdamW serve both (Liu et al. 2025, "Muon is
	// Scalable for LLM Training").
	AdjustMatchAdamW = "match_rms_adamw"
	// AdjustOriginal multiplies it by √max(1, A/B), as Muon's description does, whose rate is 0.02.
	AdjustOriginal = "original"
)

// Muon is gradient descent with momentum whose update of a matrix is made nearly orthogonal (Jordan
// et al. 2024, "Muon: An optimizer for hidden layers in neural networks"), in torch's order of
// operations. It is for matrices, the two-dimensional weights of hidden layers, and goes with
// [AdamW] for the rest. With α the factor of the shape, see [AdjustMatchAdamW]:
//
//	b ← momentum·b + (1 − momentum)·g
//	u = momentum·b + (1 − momentum)·g with nesterov, else b
//	w ← w·(1 − lr·wd);  w ← w − lr·α·[Orthogonal](u)
//
// where lr is RateFactor times the scheduled rate.
type Muon struct {
	Momentum   float64 `yaml:"momentum"`
	Nesterov   bool    `yaml:"nesterov"`
	Iterations int     `yaml:"iterations"`  // of [Orthogonal]
	AdjustRate string  `yaml:"adjust_rate"` // match_rms_adamw or original
	RateFactor float64 `yaml:"rate_factor"` // of the scheduled rate, which AdamW has for the rest
}

// DefaultMuon has the numbers of Muon's description, at the rate of AdamW.
func DefaultMuon() Muon {
	return Muon{Momentum: 0.95, Nesterov: true, Iterations: 5, AdjustRate: AdjustMatchAdamW, RateFactor: 1}
}

// mostIterations bounds what a step takes: every iteration is written out in its graph.
const mostIterations = 20

// Validate reports the first option that cannot work.
func (m Muon) Validate() error {
	switch {
	case !(m.Momentum >= 0 && m.Momentum < 1):
		return option.Errorf("optim", "momentum", "is %g: must be in [0, 1)", m.Momentum)
	case m.Iterations < 1 || m.Iterations > mostIterations:
		return option.Errorf("optim", "iterations", "is %d: must be between 1 and %d; 5 is usual", m.Iterations,
			mostIterations)
	case !slices.Contains([]string{AdjustMatchAdamW, AdjustOriginal}, m.AdjustRate):
		return option.Errorf("optim", "adjust_rate", "is %q: must be %q or %q", m.AdjustRate, AdjustMatchAdamW,
			AdjustOriginal)
	case !(m.RateFactor > 0) || math.IsInf(m.RateFactor, 0):
		return option.Errorf("optim", "rate_factor", "is %g: must be positive and finite", m.RateFactor)
	}
	return nil
}

// momentMuon names the running mean of gradients.
const momentMuon = "momentum"

// Moments names the running mean of gradients.
func (Muon) Moments() []string { return []string{momentMuon} }

// Update applies one step to a matrix, given its gradient, and advances its moment. It panics for
// what is no matrix.
func (m Muon) Update(store *model.Store, parameter *model.Variable, gradient *graph.Node, group Group) {
	if gradient.Rank() != 2 {
		exceptions.Panicf("optim: %s is %s: Muon is for matrices", parameter.Path(), gradient.Shape())
	}
	g := gradient.Graph()
	mean := moment(store, momentMuon, parameter)
	w, b := parameter.NodeValue(g), mean.NodeValue(g)
	mixed := func(b *graph.Node) *graph.Node {
		return graph.Add(graph.MulScalar(b, m.Momentum), graph.MulScalar(gradient, 1-m.Momentum))
	}
	newB := mixed(b)
	update := newB
	if m.Nesterov {
		update = mixed(newB)
	}
	lr := graph.MulScalar(group.LR, m.RateFactor)
	step := graph.Mul(Orthogonal(update, m.Iterations), graph.MulScalar(lr, m.adjusted(w.Shape().Dimensions)))
	parameter.SetNodeValue(group.keep(w, graph.Sub(group.decayed(w, lr), step)))
	mean.SetNodeValue(group.keep(b, newB))
}

// adjusted is the factor of the rate of a matrix of a shape.
func (m Muon) adjusted(shape []int) float64 {
	a, b := float64(shape[0]), float64(shape[1])
	if m.AdjustRate == AdjustOriginal {
		return math.Sqrt(max(1, a/b))
	}
	return 0.2 * math.Sqrt(max(a, b))
}
