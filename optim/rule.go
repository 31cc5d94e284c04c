package optim

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
)

// Rule is how gradients become an update: [AdamW], [LARS] or [Muon].
type Rule interface {
	// Update applies one step to a parameter, given its gradient, and advances its moments.
	Update(store *model.Store, parameter *model.Variable, gradient *graph.Node, group Group)
	// Moments names what the rule keeps of a parameter between steps. Each lies in the variable
	// [MomentPath] and has the shape of the parameter.
	Moments() []string
	// Validate reports the first option that cannot work.
	Validate() error
}

var (
	_ Rule = AdamW{}
	_ Rule = LARS{}
	_ Rule = Muon{}
)

// Group holds the scheduled numbers that several parameters share, all float32 scalar nodes.
type Group struct {
	LR             *graph.Node
	WeightDecay    *graph.Node // nil: no decay
	MeanCorrection *graph.Node // of AdamW alone, as is RootCorrection
	RootCorrection *graph.Node
	Frozen         *graph.Node // bool: leave parameter and moments as they are; nil: never
}

// keep is the old value where the group is frozen, else the new one.
func (g Group) keep(old, new *graph.Node) *graph.Node {
	if g.Frozen == nil {
		return new
	}
	return graph.Where(graph.BroadcastToDims(g.Frozen, old.Shape().Dimensions...), old, new)
}

// decayed is w·(1 − lr·wd), the decoupled weight decay.
func (g Group) decayed(w, lr *graph.Node) *graph.Node {
	if g.WeightDecay == nil {
		return w
	}
	return graph.Mul(w, graph.OneMinus(graph.Mul(lr, g.WeightDecay)))
}

// MomentScope is where moments lie in a store, and the first segment of their names in files.
const MomentScope = "optimizer"

// MomentPath is the path of a moment: "/optimizer/m/<path of the parameter>".
func MomentPath(which, parameter string) string { return "/" + MomentScope + "/" + which + parameter }

// moment is the variable of a moment, which begins as zeros.
func moment(store *model.Store, which string, parameter *model.Variable) *model.Variable {
	scope := store.Scope(MomentPath(which, parameter.Scope()))
	return layer.Buffer(scope, parameter.Name(), layer.Constant(0), parameter.Shape().Dimensions...)
}
