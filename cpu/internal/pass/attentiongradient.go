package pass

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// attentionGradientParts are the products of the gradient.
type attentionGradientParts struct {
	dOutput            *graph.Value
	dProbs, dq, dk, dv *graph.Node
	dx                 []*graph.Node // dq times the scale of the query, if that becomes the attention's
}

// gradientOf finds the gradient of a softmax and the products around it. It returns nil where there
// is none, and false where scores, exponentials or probabilities have users outside of attention
// and its gradient.
func (m *attentionMatcher) gradientOf(s softmaxParts, out *graph.Node, k, q,
	v *graph.Value,
) (*attentionGradientParts, bool) {
	for _, r := range m.f.Results {
		if r == s.exp || r == s.probabilities || r == under(s.probabilities) || r == s.scores {
			return nil, false
		}
	}
	g := &attentionGradientParts{}
	if !m.valueGradient(g, s, out) {
		return nil, false
	}
	ds, ok := m.usersOfExponentials(s)
	if !ok {
		return nil, false
	}
	if ds == nil && g.dv == nil {
		return nil, true
	}
	if ds == nil || g.dv == nil || !m.scoreGradient(g, s, ds, v) || !m.operandGradients(g, m.narrowed(ds), k, q) {
		return nil, false
	}
	return g, sameType(g.dq, q) && sameType(g.dk, k) && sameType(g.dv, v)
}

// valueGradient finds dv = probabilitiesᵀ·dOutput, where there is one; false where the
// probabilities have users beside it and the attention's own product.
func (m *attentionMatcher) valueGradient(g *attentionGradientParts, s softmaxParts, out *graph.Node) bool {
	for _, u := range m.users[s.probabilities] {
		switch {
		case u == out:
		case isProduct(u, byQueries) && u.Inputs[0] == s.probabilities && g.dv == nil:
			g.dv, g.dOutput = u, u.Inputs[1]
		default:
			return false
		}
	}
	return true
}

// usersOfExponentials returns the gradient of the scores, a product with the exponentials, or nil;
// false where the exponentials have users beside it, the softmax and the parts of that gradient.
func (m *attentionMatcher) usersOfExponentials(s softmaxParts) (ds *graph.Value, ok bool) {
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
	return ds, true
}

// operandGradients finds dq = ds·k and dk = dsᵀ·q, which must be all that uses ds.
func (m *attentionMatcher) operandGradients(g *attentionGradientParts, ds, k, q *graph.Value) bool {
	for _, u := range m.users[ds] {
		switch {
		case isProduct(u, byKeys) && u.Inputs[1] == k:
			g.dq = u
		case isProduct(u, byQueries) && u.Inputs[1] == q:
			g.dk = u
		default:
			return false
		}
	}
	return g.dq != nil && g.dk != nil
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
		m.replace(n.Outputs[0], back.Outputs[i])
	}
	for _, n := range g.dx {
		m.replace(n.Outputs[0], back.Outputs[0])
	}
	first := g.dProbs
	for _, n := range m.f.Nodes {
		if n == g.dProbs || n == g.dv {
			first = n
			break
		}
	}
	m.insertBefore(first, back)
}
