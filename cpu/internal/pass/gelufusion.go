package pass

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
)

// fuseGelu recognises GELU that is written out, x·½·(1 + erf(x/√2)), and its gradient as GoMLX
// derives it, and makes one operation of each:
//
//	Mul(x, h), with h = Mul(Add(Erf(t), 1), ½) and t = Mul(x, 1/√2)
//	→  FusedGelu(x)
//
//	Add(Mul(dy, h), Mul(Mul(Mul(Mul(dy, x), ½), Mul(Exp(Neg(t·t)), 2/√π)), 1/√2))
//	→  FusedGelu(dy, x), which is dy·GELU′(x)
//
// Parts with other users stay for them.
func fuseGelu(f *graph.Function) {
	for _, n := range f.Nodes {
		if inputs := geluGradient(n); inputs != nil {
			becomeGelu(n, inputs)
		} else if x, h := productWith(n, isGate); x != nil && gateInput(h) == x {
			becomeGelu(n, []*graph.Value{x})
		}
	}
}

func becomeGelu(n *graph.Node, inputs []*graph.Value) {
	n.Op, n.Attr, n.Inputs = compute.OpTypeFusedGelu, nil, inputs
}

// geluGradient returns dy and x if n is the gradient of GELU.
func geluGradient(n *graph.Node) []*graph.Value {
	if n.Op != compute.OpTypeAdd || !loop.InFloat32(n.Outputs[0].Shape.DType) {
		return nil
	}
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		dy, h := productWith(n.Inputs[order[0]].Node, isGate)
		if dy == nil {
			continue
		}
		x := gateInput(h)
		bell := times(n.Inputs[order[1]], 1/math.Sqrt2)
		if bell == nil {
			continue
		}
		half, density := productWith(bell.Node, isDensity(x))
		if density == nil {
			continue
		}
		if p := times(half, 0.5); p != nil && p.Node.Op == compute.OpTypeMul && sameInputs(p.Node, dy, x) {
			return []*graph.Value{dy, x}
		}
	}
	return nil
}

// isGate tells whether v is ½·(1 + erf(x/√2)) for some x.
func isGate(v *graph.Value) bool { return gateInput(v) != nil }

// gateInput returns x of ½·(1 + erf(x/√2)), or nil.
func gateInput(v *graph.Value) *graph.Value {
	if v = times(v, 0.5); v == nil {
		return nil
	}
	if v = with(v.Node, compute.OpTypeAdd, 1); v == nil || v.Node.Op != compute.OpTypeErf {
		return nil
	}
	return times(v.Node.Inputs[0], 1/math.Sqrt2)
}

// isDensity tells whether a value is 2/√π·exp(−t²) with t = x/√2.
func isDensity(x *graph.Value) func(v *graph.Value) bool {
	return func(v *graph.Value) bool {
		if v = times(v, 2/math.Sqrt(math.Pi)); v == nil || v.Node.Op != compute.OpTypeExp {
			return false
		}
		neg := v.Node.Inputs[0].Node
		if neg.Op != compute.OpTypeNeg {
			return false
		}
		square := neg.Inputs[0].Node
		return square.Op == compute.OpTypeMul && square.Inputs[0] == square.Inputs[1] &&
			times(square.Inputs[0], 1/math.Sqrt2) == x
	}
}

// productWith returns the factors of a product, the one that fits second; nil where none fits.
func productWith(n *graph.Node, fits func(*graph.Value) bool) (other, fitting *graph.Value) {
	if n.Op != compute.OpTypeMul || !loop.InFloat32(n.Outputs[0].Shape.DType) {
		return nil, nil
	}
	for i, v := range n.Inputs {
		if fits(v) {
			return n.Inputs[1-i], v
		}
	}
	return nil, nil
}

func sameInputs(n *graph.Node, a, b *graph.Value) bool {
	return slices.Equal(n.Inputs, []*graph.Value{a, b}) || slices.Equal(n.Inputs, []*graph.Value{b, a})
}

// times returns a of a·c, or nil.
func times(v *graph.Value, c float64) *graph.Value { return with(v.Node, compute.OpTypeMul, c) }

// with returns the other operand of an operation on a number, as near to c as its data type can be;
// or nil.
func with(n *graph.Node, op compute.OpType, c float64) *graph.Value {
	if other, s := beside(n, op); other != nil && math.Abs(s-c) <= c*precision(other.Shape.DType) {
		return other
	}
	return nil
}

// precision is the relative error of a data type's rounding.
func precision(d dtypes.DType) float64 {
	switch d {
	case dtypes.BFloat16:
		return 0x1p-8
	case dtypes.Float16:
		return 0x1p-11
	}
	return 0x1p-23
}
