package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// reduce records a reduction over the given axes, or over all axes if none are given.
func (f *function) reduce(op compute.OpType, x compute.Value, axes []int) (compute.Value, error) {
	in, err := f.values(op.String(), x)
	if err != nil {
		return nil, err
	}
	if len(axes) == 0 {
		for axis := range in[0].Shape.Rank() {
			axes = append(axes, axis)
		}
	}
	if len(axes) == 0 {
		return f.Identity(x)
	}
	shape, err := shapeinference.Reduce(in[0].Shape, axes)
	if err != nil {
		return nil, err
	}
	return f.add(op, graph.Reduce{Axes: append([]int(nil), axes...)}, shape, in[0]), nil
}

// ArgMinMax implements [compute.StandardOps].
func (f *function) ArgMinMax(x compute.Value, axis int, output dtypes.DType, isMin bool) (compute.Value, error) {
	return f.single(compute.OpTypeArgMinMax, graph.ArgMinMax{Axis: axis, IsMin: isMin},
		func(in []shapes.Shape) (shapes.Shape, error) {
			shape, err := shapeinference.ArgMinMax(in[0], axis, output)
			if err == nil && in[0].Dimensions[axis] == 0 {
				err = errors.Errorf("cpu: ArgMinMax of %s over axis %d: has no elements to choose from", in[0], axis)
			}
			return shape, err
		}, x)
}

// ReduceBitwiseAnd implements [compute.StandardOps].
func (f *function) ReduceBitwiseAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseAnd, x, axes)
}

// ReduceBitwiseOr implements [compute.StandardOps].
func (f *function) ReduceBitwiseOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseOr, x, axes)
}

// ReduceBitwiseXor implements [compute.StandardOps].
func (f *function) ReduceBitwiseXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseXor, x, axes)
}

// ReduceLogicalAnd implements [compute.StandardOps].
func (f *function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalAnd, x, axes)
}

// ReduceLogicalOr implements [compute.StandardOps].
func (f *function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalOr, x, axes)
}

// ReduceLogicalXor implements [compute.StandardOps].
func (f *function) ReduceLogicalXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalXor, x, axes)
}

// ReduceMax implements [compute.StandardOps].
func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMax, x, axes)
}

// ReduceMin implements [compute.StandardOps].
func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMin, x, axes)
}

// ReduceProduct implements [compute.StandardOps].
func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceProduct, x, axes)
}

// ReduceSum implements [compute.StandardOps].
func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceSum, x, axes)
}
