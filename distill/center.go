package distill

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/internal/layer"
)

// Center rules of [Config]: how the first batch enters the center.
const (
	CenterSeed     = "seed"     // the first batch sets the center; nothing is subtracted before
	CenterOfficial = "official" // the center starts as zeros, and the first batch enters with weight 1 − momentum
)

// Center keeps the running mean of the teacher's logits that is subtracted before the softmax
// (Caron et al. 2021, eq. 4). The update of a step is queued and takes effect at the beginning of
// the next one, so a step's targets never see its own batch.
//
// Its state is part of every checkpoint: `center` [1, K], `queued` [1, K] and two flags that tell
// whether they hold a value yet, all float32 below the scope "dino_loss".
type Center struct {
	Momentum float64
	Rule     string
}

// centerState is the four variables of a center.
type centerState struct{ center, queued, centerSet, queuedSet *model.Variable }

func (c Center) state(scope *model.Scope, prototypes int) centerState {
	scope = scope.At(center.Scope)
	shapes := center.Shapes(prototypes)
	buffer := func(name string, initial float32) *model.Variable {
		return layer.Buffer(scope, name, layer.Constant(initial), shapes[name]...)
	}
	initiallySet := float32(0)
	if c.Rule == CenterOfficial {
		initiallySet = 1
	}
	return centerState{
		center: buffer(center.Center, 0), queued: buffer(center.Queued, 0),
		centerSet: buffer(center.CenterSet, initiallySet), queuedSet: buffer(center.QueuedSet, 0),
	}
}

// Current returns the center [1, K] with the queued update applied, which this step subtracts:
//
//	for k in 0 … K−1:
//	    if nothing is queued:     current[k] = center[k]      // the first step: zeros
//	    else if center is unset:  current[k] = queued[k]      // seed: the first mean sets it
//	    else:                     current[k] = m·center[k] + (1 − m)·queued[k]
//
// The same on the host is [center.State.Current].
func (c Center) Current(scope *model.Scope, g *graph.Graph, prototypes int) *graph.Node {
	s := c.state(scope, prototypes)
	last, queued := s.center.NodeValue(g), s.queued.NodeValue(g)
	mixed := graph.Add(graph.MulScalar(last, c.Momentum), graph.MulScalar(queued, 1-c.Momentum))
	first := graph.Where(isSet(s.centerSet, g), mixed, queued)
	return graph.Where(isSet(s.queuedSet, g), first, last)
}

// Advance stores the center that was current and queues the mean of this step's teacher logits [1,
// K] for the next one.
func (c Center) Advance(scope *model.Scope, mean *graph.Node) {
	c.advance(scope, mean, func(_, next *graph.Node) *graph.Node { return next })
}

// AdvanceWhere is Advance where a truth value is true, and nothing where it is false.
func (c Center) AdvanceWhere(scope *model.Scope, mean, is *graph.Node) {
	c.advance(scope, mean, func(old, next *graph.Node) *graph.Node {
		return graph.Where(graph.BroadcastToDims(is, old.Shape().Dimensions...), next, old)
	})
}

func (c Center) advance(scope *model.Scope, mean *graph.Node, next func(old, next *graph.Node) *graph.Node) {
	g, prototypes := mean.Graph(), mean.Shape().Dim(-1)
	s := c.state(scope, prototypes)
	current := c.Current(scope, g, prototypes)
	set := func(v *model.Variable, value *graph.Node) { v.SetNodeValue(next(v.NodeValue(g), value)) }
	set(s.centerSet, graph.Max(s.centerSet.NodeValue(g), s.queuedSet.NodeValue(g)))
	set(s.center, current)
	set(s.queued, mean)
	set(s.queuedSet, graph.ScalarOne(g, mean.DType()))
}

func isSet(flag *model.Variable, g *graph.Graph) *graph.Node {
	return graph.GreaterThan(flag.NodeValue(g), graph.ScalarZero(g, flag.DType()))
}

// BatchMean returns the mean [1, K] of teacher logits [T, B, K] over views and batch, in float32:
//
//	for k in 0 … K−1:
//	    mean[k] = Σ_t Σ_b logits[t, b, k] / (T·B)
func BatchMean(logits *graph.Node) *graph.Node {
	k := logits.Shape().Dim(-1)
	return graph.ReduceAndKeep(graph.Reshape(layer.Float32(logits), logits.Shape().Size()/k, k), graph.ReduceMean, 0)
}

// CenteredSoftmax returns the teacher's targets [T, B, K] in float32, which sum to 1 over K. logits
// are the teacher's [T, B, K], center is [1, K], temperature is τ, a scalar node:
//
//	for t in 0 … T−1, b in 0 … B−1:
//	    for k in 0 … K−1: e[k] = exp((logits[t, b, k] − center[k]) / τ)
//	    for k in 0 … K−1: P[t, b, k] = e[k] / Σ_j e[j]
func CenteredSoftmax(logits, center, temperature *graph.Node) *graph.Node {
	shifted := graph.Sub(layer.Float32(logits), graph.ExpandLeftToRank(center, logits.Rank()))
	return layer.Softmax(graph.Div(shifted, temperature))
}
