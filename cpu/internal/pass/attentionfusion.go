package pass

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// fuseAttention recognises attention that is written out, softmax(q·kᵀ)·v over [batch, heads,
// tokens, width], and its gradient as GoMLX derives it, and makes one fused operation of each,
// which never hold the scores of more than a few queries. It applies only where scores and
// probabilities have no other users.
//
// It matches the function as it is, and rewires it when all matches are found: the patterns of two
// attentions never overlap.
func fuseAttention(f *graph.Function) {
	m := &attentionMatcher{rewiring: newRewiring(f), users: f.Users()}
	for _, n := range f.Nodes {
		if n.Op == compute.OpTypeDotGeneral {
			m.match(n)
		}
	}
	m.apply()
}

// attentionMatcher finds attentions in a function and collects the changes.
type attentionMatcher struct {
	*rewiring
	users map[*graph.Value][]*graph.Node
}

// softmaxParts are the values of a softmax over the last axis that is written out.
type softmaxParts struct {
	scores        *graph.Value // q·kᵀ, as the product left it
	exp           *graph.Value // exp(scores − max)
	sum           *graph.Value // its sum over the last axis, [batch, heads, tokens]
	probabilities *graph.Value // as they go into the product with v
}

var (
	headBatch = []int{0, 1}
	byWidth   = graph.Dot{
		LeftContracting: []int{3}, LeftBatch: headBatch, RightContracting: []int{3},
		RightBatch: headBatch,
	}
	byKeys = graph.Dot{
		LeftContracting: []int{3}, LeftBatch: headBatch, RightContracting: []int{2},
		RightBatch: headBatch,
	}
	byQueries = graph.Dot{
		LeftContracting: []int{2}, LeftBatch: headBatch, RightContracting: []int{2},
		RightBatch: headBatch,
	}
)

// isProduct tells whether a node is a product over the given axes.
func isProduct(n *graph.Node, want graph.Dot) bool {
	d, ok := n.Attr.(graph.Dot)
	return ok && n.Op == compute.OpTypeDotGeneral && len(n.Outputs[0].Shape.Dimensions) == 4 &&
		slices.Equal(d.LeftContracting, want.LeftContracting) &&
		slices.Equal(d.RightContracting, want.RightContracting) && slices.Equal(d.LeftBatch, want.LeftBatch) &&
		slices.Equal(d.RightBatch, want.RightBatch)
}

// isRounded tells whether the sums of a product are rounded because the graph says so. The fused
// operation does that to the gradient of the probabilities, and not to scores.
func isRounded(product *graph.Node) bool { return product.Attr.(graph.Dot).Rounded }

// under returns the value below a conversion between float32 and bfloat16. The fused operation
// rounds probabilities and gradients of scores to the operands' type, as such a conversion does;
// two of them, one after the other, round and go on, which it does not.
func under(v *graph.Value) *graph.Value {
	if n := v.Node; n.Op == compute.OpTypeConvertDType && n.Inputs[0].Shape.DType != dtypes.Float16 {
		return n.Inputs[0]
	}
	return v
}

// spread returns the value [batch, heads, tokens] that v, of rank 4, repeats along the last axis,
// or nil.
func spread(v *graph.Value) *graph.Value {
	if v.Node.Op != compute.OpTypeBroadcastInDim || v.Shape.Rank() != 4 {
		return nil
	}
	in, axes := v.Node.Inputs[0], v.Node.Attr.(graph.Broadcast).Axes
	dims := in.Shape.Dimensions
	if len(dims) < 3 || !slices.Equal(dims[:3], v.Shape.Dimensions[:3]) ||
		!slices.Equal(axes, []int{0, 1, 2, 3}[:len(dims)]) {
		return nil
	}
	if len(dims) == 4 && dims[3] != 1 {
		return nil
	}
	for in.Node.Op == compute.OpTypeReshape {
		in = in.Node.Inputs[0]
	}
	return in
}

// reducesLast tells whether v is a reduction of the given value over its last of four axes.
func reducesLast(v *graph.Value, op compute.OpType, of *graph.Value) bool {
	return v.Node.Op == op && v.Node.Inputs[0] == of && of.Shape.Rank() == 4 &&
		slices.Equal(v.Node.Attr.(graph.Reduce).Axes, []int{3})
}

// match looks for an attention whose last product is n.
func (m *attentionMatcher) match(n *graph.Node) {
	d := n.Outputs[0].Shape.DType
	if !isProduct(n, byKeys) || d != dtypes.Float32 && d != dtypes.BFloat16 {
		return
	}
	s, ok := softmaxOf(n.Inputs[0])
	if !ok || !isProduct(s.scores.Node, byWidth) || isRounded(s.scores.Node) {
		return
	}
	q, k, v := s.scores.Node.Inputs[0], s.scores.Node.Inputs[1], n.Inputs[1]
	if q.Shape.Rank() != 4 || k.Shape.Rank() != 4 || q.Shape.DType != d || k.Shape.DType != d || v.Shape.DType != d ||
		!k.Shape.Equal(v.Shape) {
		return
	}
	back, ok := m.gradientOf(s, n, k, q, v)
	if !ok {
		return
	}
	attr := graph.Attention{Layout: compute.AttentionAxesLayoutBHSD, Scale: 1}
	if x, scale := m.unscaled(q, back); x != nil {
		q, attr.Scale = x, scale
	}
	forward := &graph.Node{
		Op: compute.OpTypeFusedScaledDotProductAttention, Func: m.f, Attr: attr,
		Inputs: []*graph.Value{q, k, v},
	}
	forward.Outputs = []*graph.Value{
		{Node: forward, Shape: n.Outputs[0].Shape},
		{Node: forward, Index: 1, Shape: shapes.Make(dtypes.Float32, q.Shape.Dimensions[:3]...)},
	}
	m.insertBefore(n, forward)
	m.replace(n.Outputs[0], forward.Outputs[0])
	if back != nil {
		m.addGradient(forward, back, q, k, v)
	}
}

// unscaled returns x and c where the query is x·c for a number c, and its gradient goes nowhere but
// into a product with c, which is then the gradient of x. Where the graph converts that gradient to
// bfloat16 before it multiplies, c must be a power of two, which changes no digit.
func (m *attentionMatcher) unscaled(q *graph.Value, g *attentionGradientParts) (x *graph.Value, c float32) {
	x, scale := scaled(q)
	if x == nil || g == nil {
		return x, float32(scale)
	}
	if fraction, _ := math.Frexp(scale); isRounded(g.dq) && fraction != 0.5 ||
		slices.Contains(m.f.Results, g.dq.Outputs[0]) {
		return nil, 0
	}
	users := m.users[g.dq.Outputs[0]]
	for _, u := range users {
		if dq, s := scaled(u.Outputs[0]); dq != g.dq.Outputs[0] || s != scale {
			return nil, 0
		}
	}
	g.dx = users
	return x, float32(scale)
}

// scaled returns x and c of x·c for a number c > 0.
func scaled(v *graph.Value) (x *graph.Value, c float64) {
	if x, c = beside(v.Node, compute.OpTypeMul); c > 0 {
		return x, c
	}
	return nil, 0
}

// softmaxOf takes a softmax apart.
func softmaxOf(p *graph.Value) (s softmaxParts, ok bool) {
	s.probabilities = p
	div := under(p).Node
	if div.Op != compute.OpTypeDiv {
		return s, false
	}
	s.exp, s.sum = div.Inputs[0], spread(div.Inputs[1])
	if s.sum == nil || !reducesLast(s.sum, compute.OpTypeReduceSum, s.exp) || s.exp.Node.Op != compute.OpTypeExp {
		return s, false
	}
	sub := s.exp.Node.Inputs[0].Node
	if sub.Op != compute.OpTypeSub {
		return s, false
	}
	top := spread(sub.Inputs[1])
	if top == nil || !reducesLast(top, compute.OpTypeReduceMax, sub.Inputs[0]) {
		return s, false
	}
	s.scores = under(sub.Inputs[0])
	return s, len(s.scores.Shape.Dimensions) == 4
}
