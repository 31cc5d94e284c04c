package pass

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// fuseBiases gives a product the vector that is added to each of its rows, as a third input in
// float32, which its kernels add before they store:
//
//	Add(Reshape(Dot(a, b)), Broadcast(bias))  →  Reshape(Dot(a, b, bias))
//
// The bias must be a parameter or a constant, reshaped and converted perhaps, because it must be
// computed before the product.
func fuseBiases(f *graph.Function) {
	uses := f.UseCounts()
	r := newRewiring(f)
	hoisted := map[*graph.Node]bool{}
	for _, n := range f.Nodes {
		r.inputs(n)
		if n.Op != compute.OpTypeAdd {
			continue
		}
		for i, sum := range n.Inputs {
			dot := biasable(sum, uses)
			if dot == nil {
				continue
			}
			source, conversions := rowVector(n.Inputs[1-i], n.Outputs[0].Shape)
			if source == nil {
				continue
			}
			hoisted[source.Node] = true
			made, vector := asFloat32(f, source, conversions)
			r.insertBefore(dot, made...)
			dot.Inputs = append(slices.Clone(dot.Inputs), vector)
			r.replace(n.Outputs[0], sum)
			break
		}
	}
	hoist(f, hoisted)
	r.apply()
}

// hoist moves nodes without inputs to the beginning of a function.
func hoist(f *graph.Function, hoisted map[*graph.Node]bool) {
	var first, rest []*graph.Node
	for _, n := range f.Nodes {
		if hoisted[n] {
			first = append(first, n)
		} else {
			rest = append(rest, n)
		}
	}
	f.Nodes = append(first, rest...)
}

// biasable returns the product that a value is, reshaped perhaps, if it has no other users, one
// column axis, and a type whose kernels add biases; else nil.
func biasable(v *graph.Value, uses map[*graph.Value]int) *graph.Node {
	last := func(v *graph.Value) int { return v.Shape.Dimensions[v.Shape.Rank()-1] }
	columns := 0
	for ; uses[v] == 1 && v.Shape.Rank() > 0; v = v.Node.Inputs[0] {
		if columns == 0 {
			columns = last(v)
		}
		n := v.Node
		switch {
		case last(v) != columns:
			return nil
		case n.Op == compute.OpTypeReshape:
			continue
		case n.Op != compute.OpTypeDotGeneral || len(n.Inputs) != 2:
			return nil
		}
		d, in, out := n.Attr.(graph.Dot), n.Inputs[0].Shape.DType, v.Shape.DType
		free := n.Inputs[1].Shape.Rank() - len(d.RightContracting)
		if d.Rounded || len(d.LeftBatch) > 0 || free != 1 || out != in && out != dtypes.Float32 ||
			in != dtypes.Float32 && in != dtypes.BFloat16 {
			return nil
		}
		return n
	}
	return nil
}

// rowVector returns the parameter or constant that a value repeats in every row of a shape, and the
// data types that it is converted to in between; nil where the value is something else.
func rowVector(v *graph.Value, shape shapes.Shape) (source *graph.Value, conversions []dtypes.DType) {
	columns := shape.Dimensions[shape.Rank()-1]
	for v.Shape.DType == dtypes.Float32 || v.Shape.DType == dtypes.BFloat16 {
		n := v.Node
		switch n.Op {
		case compute.OpTypeBroadcastInDim:
			in, axes := n.Inputs[0].Shape, n.Attr.(graph.Broadcast).Axes
			if in.Size() != columns || len(axes) == 0 || axes[len(axes)-1] != v.Shape.Rank()-1 ||
				in.Dimensions[len(axes)-1] != columns {
				return nil, nil
			}
		case compute.OpTypeReshape:
		case compute.OpTypeConvertDType:
			conversions = append([]dtypes.DType{v.Shape.DType}, conversions...)
		case compute.OpTypeParameter, compute.OpTypeCapturedValue, compute.OpTypeConstant:
			if v.Shape.Size() != columns {
				return nil, nil
			}
			return v, conversions
		default:
			return nil, nil
		}
		v = n.Inputs[0]
	}
	return nil, nil
}

// asFloat32 makes the nodes that convert a value to a vector [n] of float32, by way of the given
// data types.
func asFloat32(f *graph.Function, v *graph.Value,
	conversions []dtypes.DType,
) (made []*graph.Node, vector *graph.Value) {
	add := func(op compute.OpType, shape shapes.Shape) {
		n := &graph.Node{Op: op, Func: f, Inputs: []*graph.Value{v}}
		n.Outputs = []*graph.Value{{Node: n, Shape: shape}}
		made, v = append(made, n), n.Outputs[0]
	}
	if v.Shape.Rank() != 1 {
		add(compute.OpTypeReshape, shapes.Make(v.Shape.DType, v.Shape.Size()))
	}
	for _, d := range append(conversions, dtypes.Float32) {
		if v.Shape.DType != d {
			add(compute.OpTypeConvertDType, shapes.Make(d, v.Shape.Size()))
		}
	}
	return made, v
}
