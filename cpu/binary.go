package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// binary records an elementwise operation with two operands. Broadcasting becomes explicit:
// afterwards operands and result have the same dimensions.
func (f *function) binary(op compute.OpType, x, y compute.Value) (compute.Value, error) {
	return f.pairwise(op, shapeinference.BinaryOp, x, y)
}

func (f *function) pairwise(op compute.OpType,
	infer func(compute.OpType, shapes.Shape, shapes.Shape) (shapes.Shape, error), x, y compute.Value) (compute.Value,
	error,
) {
	in, err := f.values(op.String(), x, y)
	if err != nil {
		return nil, err
	}
	shape, err := infer(op, in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, err
	}
	shape = emptied(shape, in[0].Shape, in[1].Shape)
	return f.add(op, nil, shape, f.broadcast(in[0], shape), f.broadcast(in[1], shape)), nil
}

// emptied gives a shape that broadcasting has inferred the length 0 along each axis along which an
// operand has it: an axis of length 1 broadcasts to length 0, too.
func emptied(shape shapes.Shape, operands ...shapes.Shape) shapes.Shape {
	shape = shape.Clone()
	for _, s := range operands {
		for axis, d := range s.Dimensions {
			if d == 0 {
				shape.Dimensions[axis] = 0
			}
		}
	}
	return shape
}

// broadcast records the broadcast of a scalar, or of axes of length 1, to the dimensions of shape.
func (f *function) broadcast(v *graph.Value, shape shapes.Shape) *graph.Value {
	if slices.Equal(v.Shape.Dimensions, shape.Dimensions) {
		return v
	}
	out := shape.Clone()
	out.DType = v.Shape.DType
	axes := make([]int, v.Shape.Rank())
	for i := range axes {
		axes[i] = i
	}
	return f.add(compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: axes}, out, v)
}

// Add implements [compute.StandardOps].
func (f *function) Add(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, x, y)
}

// Atan2 implements [compute.StandardOps].
func (f *function) Atan2(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAtan2, x, y)
}

// BitwiseAnd implements [compute.StandardOps].
func (f *function) BitwiseAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseAnd, x, y)
}

// BitwiseOr implements [compute.StandardOps].
func (f *function) BitwiseOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseOr, x, y)
}

// BitwiseXor implements [compute.StandardOps].
func (f *function) BitwiseXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeBitwiseXor, x, y)
}

// Div implements [compute.StandardOps].
func (f *function) Div(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, x, y)
}

// LogicalAnd implements [compute.StandardOps].
func (f *function) LogicalAnd(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, x, y)
}

// LogicalOr implements [compute.StandardOps].
func (f *function) LogicalOr(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, x, y)
}

// LogicalXor implements [compute.StandardOps].
func (f *function) LogicalXor(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, x, y)
}

// Max implements [compute.StandardOps].
func (f *function) Max(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, x, y)
}

// Min implements [compute.StandardOps].
func (f *function) Min(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, x, y)
}

// Mul implements [compute.StandardOps].
func (f *function) Mul(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, x, y)
}

// Pow implements [compute.StandardOps].
func (f *function) Pow(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, x, y)
}

// Rem implements [compute.StandardOps].
func (f *function) Rem(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeRem, x, y)
}

// ShiftLeft implements [compute.StandardOps].
func (f *function) ShiftLeft(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftLeft, x, y)
}

// ShiftRightArithmetic implements [compute.StandardOps].
func (f *function) ShiftRightArithmetic(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightArithmetic, x, y)
}

// ShiftRightLogical implements [compute.StandardOps].
func (f *function) ShiftRightLogical(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeShiftRightLogical, x, y)
}

// Sub implements [compute.StandardOps].
func (f *function) Sub(x, y compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, x, y)
}
