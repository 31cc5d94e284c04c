package pass

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Attention recognises attention that is written out, softmax(q·kᵀ)·v over [batch, heads, tokens,
// width], and its gradient as GoMLX derives it, and makes the fused operations of both, which never
// hold the scores of more than a few queries. It applies only where nobody else looks at scores or
// probabilities.
func Attention(f *graph.Function) {
	for _, n := range f.Nodes {
		for _, b := range n.Bodies {
			Attention(b)
		}
	}
	m := &attentionMatcher{
		f: f, users: map[*graph.Value][]*graph.Node{}, before: map[*graph.Node][]*graph.Node{},
		to: map[*graph.Value]*graph.Value{},
	}
	for _, n := range f.Nodes {
		for _, in := range n.Inputs {
			m.users[in] = append(m.users[in], n)
		}
	}
	for _, n := range f.Nodes {
		if n.Op == compute.OpTypeDotGeneral {
			m.match(n)
		}
	}
	if len(m.to) == 0 {
		return
	}
	m.rewrite()
}

// attentionMatcher collects replacements.
type attentionMatcher struct {
	f      *graph.Function
	users  map[*graph.Value][]*graph.Node
	before map[*graph.Node][]*graph.Node // new nodes, by the old node that they are put in front of
	to     map[*graph.Value]*graph.Value
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
	m.before[n] = append(m.before[n], forward)
	m.to[n.Outputs[0]] = forward.Outputs[0]
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

// attentionGradientParts are the products of the gradient.
type attentionGradientParts struct {
	dOutput            *graph.Value
	dProbs, dq, dk, dv *graph.Node
	dx                 []*graph.Node // dq times the scale of the query, if that becomes the attention's
}

// gradientOf finds the gradient of a softmax and the products around it. It returns nil without
// one, and false where probabilities or exponentials are used for anything else.
func (m *attentionMatcher) gradientOf(s softmaxParts, out *graph.Node, k, q,
	v *graph.Value,
) (*attentionGradientParts, bool) {
	for _, r := range m.f.Results {
		if r == s.exp || r == s.probabilities || r == under(s.probabilities) || r == s.scores {
			return nil, false
		}
	}
	g := &attentionGradientParts{}
	for _, u := range m.users[s.probabilities] {
		switch {
		case u == out:
		case isProduct(u, byQueries) && u.Inputs[0] == s.probabilities && g.dv == nil:
			g.dv, g.dOutput = u, u.Inputs[1]
		default:
			return nil, false
		}
	}
	var ds *graph.Value
	for _, u := range m.users[s.exp] {
		switch {
		case u == s.sum.Node, u == under(s.probabilities).Node:
		case u.Op == compute.OpTypeMul && u.Inputs[1] == s.exp && ds == nil:
			ds = u.Outputs[0]
		case u.Op == compute.OpTypeDiv && u.Inputs[0] == s.exp:
		default:
			return nil, false
		}
	}
	if ds == nil && g.dv == nil {
		return nil, true
	}
	if ds == nil || g.dv == nil || !m.scoreGradient(g, s, ds, v) {
		return nil, false
	}
	for _, u := range m.users[m.narrowed(ds)] {
		switch {
		case isProduct(u, byKeys) && u.Inputs[1] == k:
			g.dq = u
		case isProduct(u, byQueries) && u.Inputs[1] == q:
			g.dk = u
		default:
			return nil, false
		}
	}
	return g, g.dq != nil && g.dk != nil && sameType(g.dq, q) && sameType(g.dk, k) && sameType(g.dv, v)
}

// narrowed is the only conversion of a value if there is one, else the value.
func (m *attentionMatcher) narrowed(v *graph.Value) *graph.Value {
	if u := m.users[v]; len(u) == 1 && u[0].Op == compute.OpTypeConvertDType {
		return u[0].Outputs[0]
	}
	return v
}

func sameType(n *graph.Node, v *graph.Value) bool { return n.Outputs[0].Shape.DType == v.Shape.DType }

// scoreGradient checks that ds is (dp/sum + spread(Σ −dp·exp/sum²))·exp with dp = dOutput·vᵀ.
func (m *attentionMatcher) scoreGradient(g *attentionGradientParts, s softmaxParts, ds, v *graph.Value) bool {
	add := ds.Node.Inputs[0].Node
	if add.Op != compute.OpTypeAdd {
		return false
	}
	quotient := add.Inputs[0].Node
	if quotient.Op != compute.OpTypeDiv || spread(quotient.Inputs[1]) != s.sum {
		return false
	}
	dp := quotient.Inputs[0]
	r := spread(add.Inputs[1])
	if r == nil || r.Node.Op != compute.OpTypeReduceSum || r.Node.Inputs[0].Node.Op != compute.OpTypeNeg ||
		!reducesLast(r, compute.OpTypeReduceSum, r.Node.Inputs[0]) {
		return false
	}
	mul := r.Node.Inputs[0].Node.Inputs[0].Node
	if mul.Op != compute.OpTypeMul || mul.Inputs[0] != dp || mul.Inputs[1].Node.Op != compute.OpTypeDiv {
		return false
	}
	ratio := mul.Inputs[1].Node
	square := ratio.Inputs[1].Node
	if ratio.Inputs[0] != s.exp || square.Op != compute.OpTypeMul || spread(square.Inputs[0]) != s.sum ||
		spread(square.Inputs[1]) != s.sum {
		return false
	}
	g.dProbs = under(dp).Node
	return isProduct(g.dProbs, byWidth) && g.dProbs.Inputs[0] == g.dOutput && g.dProbs.Inputs[1] == v
}

// addGradient puts the fused gradient in front of the first of the products that it replaces.
func (m *attentionMatcher) addGradient(forward *graph.Node, g *attentionGradientParts, q, k, v *graph.Value) {
	attr := forward.Attr.(graph.Attention)
	attr.Rounded = isRounded(g.dProbs)
	back := &graph.Node{
		Op: compute.OpTypeFusedScaledDotProductAttentionVJP, Func: m.f, Attr: attr,
		Inputs: []*graph.Value{q, k, v, forward.Outputs[0], forward.Outputs[1], g.dOutput},
	}
	for i, n := range []*graph.Node{g.dq, g.dk, g.dv} {
		back.Outputs = append(back.Outputs, &graph.Value{Node: back, Index: i, Shape: n.Outputs[0].Shape})
		m.to[n.Outputs[0]] = back.Outputs[i]
	}
	for _, n := range g.dx {
		m.to[n.Outputs[0]] = back.Outputs[0]
	}
	first := g.dProbs
	for _, n := range m.f.Nodes {
		if n == g.dProbs || n == g.dv {
			first = n
			break
		}
	}
	m.before[first] = append(m.before[first], back)
}

// rewrite inserts the new nodes and points everybody to their results; what they replace is dead.
func (m *attentionMatcher) rewrite() {
	var nodes []*graph.Node
	for _, n := range m.f.Nodes {
		for _, made := range append(m.before[n], n) {
			for i, in := range made.Inputs {
				if r := m.to[in]; r != nil {
					made.Inputs[i] = r
				}
			}
			nodes = append(nodes, made)
		}
	}
	m.f.Nodes = nodes
	for i, r := range m.f.Results {
		if v := m.to[r]; v != nil {
			m.f.Results[i] = v
		}
	}
}
