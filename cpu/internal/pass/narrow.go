package pass

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// narrowProducts gives matrix products back the bfloat16 operands that a gradient converted to
// float32, and lets them store bfloat16 where their results are only converted to it:
//
//	Dot(Convert(a), Convert(b))  →  Dot(a, b), with the same sums: products of bfloat16 numbers are exact in float32
//	Convert(view of Dot(a, b))   →  view of a Dot that rounds its results itself
func narrowProducts(f *graph.Function) {
	uses := f.UseCounts()
	r := newRewiring(f)
	for _, n := range f.Nodes {
		r.inputs(n)
		switch n.Op {
		case compute.OpTypeDotGeneral:
			r.insertBefore(n, narrowOperands(n)...)
		case compute.OpTypeConvertDType:
			if n.Outputs[0].Shape.DType == dtypes.BFloat16 {
				if v := narrowResult(n, uses); v != nil {
					r.replace(n.Outputs[0], v)
				}
			}
		}
	}
	r.apply()
}

// narrowOperands replaces both operands of a float32 product if they are conversions from bfloat16
// or views of such. It returns the views that are needed in bfloat16.
func narrowOperands(n *graph.Node) (made []*graph.Node) {
	if n.Outputs[0].Shape.DType != dtypes.Float32 || n.Inputs[0].Shape.DType != dtypes.Float32 {
		return nil
	}
	var narrow [2]*graph.Value
	for i, in := range n.Inputs {
		v, views := underConversion(n.Func, in)
		if v == nil {
			return nil
		}
		narrow[i] = v
		made = append(made, views...)
	}
	n.Inputs = narrow[:]
	return made
}

// underConversion looks through views for a conversion from bfloat16. It returns the value that was
// converted, with the same views of it, and the nodes of these; nil where there is none.
func underConversion(f *graph.Function, v *graph.Value) (narrow *graph.Value, made []*graph.Node) {
	n := v.Node
	switch n.Op {
	case compute.OpTypeConvertDType:
		if n.Inputs[0].Shape.DType == dtypes.BFloat16 {
			return n.Inputs[0], nil
		}
	case compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeSlice:
		inner, views := underConversion(f, n.Inputs[0])
		if inner == nil {
			return nil, nil
		}
		view := newNode(f, n, inner)
		return view.Outputs[0], append(views, view)
	}
	return nil, nil
}

// newNode copies a view for an operand of another data type. The copy is not yet in the function's
// list of nodes.
func newNode(f *graph.Function, n *graph.Node, in *graph.Value) *graph.Node {
	shape := n.Outputs[0].Shape.Clone()
	shape.DType = in.Shape.DType
	c := &graph.Node{Op: n.Op, Func: f, Attr: n.Attr, Inputs: []*graph.Value{in}}
	c.Outputs = []*graph.Value{{Node: c, Shape: shape}}
	return c
}

// narrowResult turns a product, and the views of it, into bfloat16 if a conversion is their only
// user. It returns what replaces the conversion, or nil.
func narrowResult(convert *graph.Node, uses map[*graph.Value]int) *graph.Value {
	v := convert.Inputs[0]
	for at := v; ; at = at.Node.Inputs[0] {
		if uses[at] != 1 || at.Shape.DType != dtypes.Float32 {
			return nil
		}
		if at.Node.Op == compute.OpTypeDotGeneral && at.Node.Inputs[0].Shape.DType == dtypes.BFloat16 {
			break
		}
		if at.Node.Op != compute.OpTypeReshape && at.Node.Op != compute.OpTypeTranspose {
			return nil
		}
	}
	for at := v; ; at = at.Node.Inputs[0] {
		at.Shape = shapes.Shape{DType: dtypes.BFloat16, Dimensions: at.Shape.Dimensions}
		if at.Node.Op == compute.OpTypeDotGeneral {
			d := at.Node.Attr.(graph.Dot)
			d.Rounded = true
			at.Node.Attr = d
			return v
		}
	}
}
