package optim

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/option"
)

// LARS is gradient descent with momentum in which every tensor has a rate in proportion to its own
// norm (You et al. 2017), in the arithmetic of the official DINO code:
//
//	d = g + wd·w
//	if the tensor is not one-dimensional:
//	    q = trust·‖w‖/‖d‖ where both norms are above 0, else 1;  d ← q·d
//	μ ← momentum·μ + d;  w ← w − lr·μ
//
// The official code adds no weight decay to one-dimensional tensors, as [DecayMatrices] does not.
type LARS struct {
	Momentum float64 `yaml:"momentum"` // official: 0.9
	Trust    float64 `yaml:"trust"`    // eta in the official code: 0.001
}

// DefaultLARS is that of the official code.
func DefaultLARS() LARS { return LARS{Momentum: 0.9, Trust: 0.001} }

// Validate reports the first option that cannot work.
func (l LARS) Validate() error {
	if !(l.Momentum >= 0 && l.Momentum < 1) {
		return option.Errorf("optim", "momentum", "is %g: must be in [0, 1)", l.Momentum)
	}
	if !(l.Trust > 0 && l.Trust <= 1) {
		return option.Errorf("optim", "trust", "is %g: must be above 0 and at most 1; 0.001 is usual", l.Trust)
	}
	return nil
}

// momentLARS names the running sum of updates.
const momentLARS = "mu"

// Moments names the running sum of updates.
func (LARS) Moments() []string { return []string{momentLARS} }

// Update applies one step to a parameter, given its gradient, and advances its moment.
func (l LARS) Update(store *model.Store, parameter *model.Variable, gradient *graph.Node, group Group) {
	g := gradient.Graph()
	sum := moment(store, momentLARS, parameter)
	w, mu, d := parameter.NodeValue(g), sum.NodeValue(g), gradient
	if group.WeightDecay != nil {
		d = graph.Add(d, graph.Mul(w, group.WeightDecay))
	}
	if w.Rank() != 1 {
		d = graph.Mul(d, l.ratio(w, d))
	}
	newMu := graph.Add(graph.MulScalar(mu, l.Momentum), d)
	parameter.SetNodeValue(group.keep(w, graph.Sub(w, graph.Mul(newMu, group.LR))))
	sum.SetNodeValue(group.keep(mu, newMu))
}

// ratio is trust·‖w‖/‖d‖, or 1 where a norm is 0.
func (l LARS) ratio(w, d *graph.Node) *graph.Node {
	weights, update := Norm([]*graph.Node{w}), Norm([]*graph.Node{d})
	zero, one := graph.ScalarZero(w.Graph(), w.DType()), graph.ScalarOne(w.Graph(), w.DType())
	both := graph.LogicalAnd(graph.GreaterThan(weights, zero), graph.GreaterThan(update, zero))
	return graph.Where(both, graph.Div(graph.MulScalar(weights, l.Trust), update), one)
}
