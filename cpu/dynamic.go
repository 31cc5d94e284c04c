package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/sets"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// dynamicNames are the names of the axes whose lengths the arguments of the main function
// determine.
func (f *function) dynamicNames() sets.Set[string] {
	names := sets.Make[string]()
	for g := f; g != nil; g = g.parent {
		for _, p := range g.graph.Params {
			for i, d := range p.Shape.Dimensions {
				if d == shapes.DynamicDim {
					names.Insert(p.Shape.AxisName(i))
				}
			}
		}
	}
	return names
}

// DynamicDimensionSize implements [compute.StandardOps].
func (f *function) DynamicDimensionSize(x compute.Value, axis int) (compute.Value, error) {
	return f.single(compute.OpTypeDynamicDimensionSize, graph.Axis{Axis: axis},
		func(in []shapes.Shape) (shapes.Shape, error) {
			if axis < 0 || axis >= in[0].Rank() {
				return shapes.Invalid(), errors.Errorf("cpu: DynamicDimensionSize of %s: axis is %d: must "+
					"be in [0, %d)", in[0], axis,
					in[0].Rank())
			}
			return shapes.Make(dtypes.Int32), nil
		}, x)
}

// DynamicShape implements [compute.StandardOps].
func (f *function) DynamicShape(x compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeDynamicShape, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapes.Make(dtypes.Int32, in[0].Rank()), nil
	}, x)
}

// DynamicReshape implements [compute.StandardOps]. The lengths of named axes come from the
// arguments' axes of the same names; the length of one that no argument
// names follows from the number of elements.
func (f *function) DynamicReshape(x compute.Value, dims ...compute.DynamicDimensionSpec) (compute.Value, error) {
	return f.single(compute.OpTypeDynamicReshape, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.DynamicReshape(in[0], dims)
	}, x)
}

// specialize returns a copy of a function with the dynamic axes at the given lengths.
func specialize(f *graph.Function, lengths map[string]int) (*graph.Function, error) {
	c := f.Clone()
	return c, fix(c, lengths)
}

// fix replaces dynamic dimensions, in place.
func fix(f *graph.Function, lengths map[string]int) error {
	for _, n := range f.Nodes {
		for _, v := range n.Outputs {
			var in *graph.Value
			if len(n.Inputs) > 0 {
				in = n.Inputs[0]
			}
			shape, err := concrete(v.Shape, lengths, in)
			if err != nil {
				return errors.WithMessagef(err, "cpu: %s", n.Op)
			}
			v.Shape = shape
		}
		fixNode(n)
		for _, b := range n.Bodies {
			if err := fix(b, lengths); err != nil {
				return err
			}
		}
	}
	return nil
}

// fixNode turns operations on dynamic axes into ordinary ones.
func fixNode(n *graph.Node) {
	switch n.Op {
	case compute.OpTypeDynamicReshape:
		n.Op = compute.OpTypeReshape
	case compute.OpTypeDynamicDimensionSize:
		size := int32(n.Inputs[0].Shape.Dimensions[n.Attr.(graph.Axis).Axis])
		n.Op, n.Inputs, n.Attr = compute.OpTypeConstant, nil, graph.Constant{
			DType: dtypes.Int32,
			Data:  aligned(dtypes.UnsafeByteSlice([]int32{size})),
		}
	case compute.OpTypeDynamicShape:
		var dims []int32
		for _, d := range n.Inputs[0].Shape.Dimensions {
			dims = append(dims, int32(d))
		}
		n.Op, n.Inputs, n.Attr = compute.OpTypeConstant, nil, graph.Constant{
			DType: dtypes.Int32,
			Data:  aligned(dtypes.UnsafeByteSlice(dims)),
		}
	case compute.OpTypeSlice:
		attr := n.Attr.(graph.Slice)
		attr.Limits = append([]int(nil), attr.Limits...)
		for i := range attr.Limits {
			if attr.Limits[i] == shapes.DynamicDim {
				attr.Limits[i] = n.Inputs[0].Shape.Dimensions[i]
			}
		}
		n.Attr = attr
	case compute.OpTypeGather:
		attr := n.Attr.(graph.Gather)
		attr.SliceSizes = append([]int(nil), attr.SliceSizes...)
		for i := range attr.SliceSizes {
			if attr.SliceSizes[i] == shapes.DynamicDim {
				attr.SliceSizes[i] = n.Inputs[0].Shape.Dimensions[i]
			}
		}
		n.Attr = attr
	}
}

// concrete replaces the dynamic dimensions of a shape by the lengths of their names. One without a
// known length gets that which makes the shape's size the operand's.
func concrete(s shapes.Shape, lengths map[string]int, in *graph.Value) (shapes.Shape, error) {
	if !s.IsDynamic() {
		return s, nil
	}
	out, open := shapes.Shape{DType: s.DType, Dimensions: append([]int(nil), s.Dimensions...)}, -1
	rest := 1
	for i, d := range s.Dimensions {
		n, known := lengths[s.AxisName(i)]
		switch {
		case d != shapes.DynamicDim:
		case known:
			out.Dimensions[i] = n
		case open >= 0 || in == nil:
			return s, errors.Errorf("the length of axis %q of %s is not known from any argument", s.AxisName(i), s)
		default:
			open = i
			continue
		}
		rest *= out.Dimensions[i]
	}
	if open >= 0 {
		size := in.Shape.Size()
		if rest == 0 || size%rest != 0 {
			return s, errors.Errorf("%d elements do not fit %s", size, s)
		}
		out.Dimensions[open] = size / rest
	}
	return out, nil
}
