package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Identity implements [compute.StandardOps].
func (f *function) Identity(x compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeIdentity, nil, func(in []shapes.Shape) (shapes.Shape, error) { return in[0], nil }, x)
}

// Reshape implements [compute.StandardOps].
func (f *function) Reshape(x compute.Value, dims ...int) (compute.Value, error) {
	return f.single(compute.OpTypeReshape, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Reshape(in[0], dims)
	}, x)
}

// Transpose implements [compute.StandardOps].
func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	return f.single(compute.OpTypeTranspose, graph.Transpose{Permutation: slices.Clone(permutation)},
		func(in []shapes.Shape) (shapes.Shape, error) {
			return shapeinference.Transpose(in[0], permutation)
		}, x)
}

// BroadcastInDim implements [compute.StandardOps].
func (f *function) BroadcastInDim(x compute.Value, output shapes.Shape, axes []int) (compute.Value, error) {
	return f.single(compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: slices.Clone(axes)},
		func(in []shapes.Shape) (shapes.Shape, error) {
			shape := output.Clone()
			shape.DType = in[0].DType
			return shape, shapeinference.BroadcastInDim(in[0], output, axes, f.dynamicNames())
		}, x)
}

// Slice implements [compute.StandardOps].
func (f *function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	attr := graph.Slice{Starts: slices.Clone(starts), Limits: slices.Clone(limits), Strides: slices.Clone(strides)}
	return f.single(compute.OpTypeSlice, attr, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Slice(in[0], starts, limits, strides)
	}, x)
}

// Reverse implements [compute.StandardOps].
func (f *function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	return f.single(compute.OpTypeReverse, graph.Axes{Axes: slices.Clone(axes)},
		func(in []shapes.Shape) (shapes.Shape, error) {
			for _, axis := range axes {
				if axis < 0 || axis >= in[0].Rank() {
					return shapes.Invalid(), errors.Errorf("cpu: Reverse: axis is %d: must be in [0, %d)", axis,
						in[0].Rank())
				}
			}
			return in[0], nil
		}, x)
}

// Concatenate implements [compute.StandardOps].
func (f *function) Concatenate(axis int, xs ...compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeConcatenate, graph.Axis{Axis: axis}, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Concatenate(in, axis)
	}, xs...)
}

// Pad implements [compute.StandardOps].
func (f *function) Pad(x, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	return f.single(compute.OpTypePad, graph.Pad{Axes: slices.Clone(axes)},
		func(in []shapes.Shape) (shapes.Shape, error) {
			if in[1].DType != in[0].DType || !in[1].IsScalar() {
				return shapes.Invalid(), errors.Errorf("cpu: Pad: the fill value is %s: must be a scalar of %s", in[1],
					in[0].DType)
			}
			return shapeinference.Pad(in[0], axes...)
		}, x, fill)
}

// Bitcast implements [compute.StandardOps].
func (f *function) Bitcast(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.single(compute.OpTypeBitcast, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Bitcast(in[0], dtype)
	}, x)
}

// Iota implements [compute.StandardOps].
func (f *function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	if err := f.open("Iota"); err != nil {
		return nil, err
	}
	if axis < 0 || axis >= shape.Rank() {
		return nil, errors.Errorf("cpu: Iota: axis is %d: must be in [0, %d) for %s", axis, shape.Rank(), shape)
	}
	if !capabilities.DTypes[shape.DType] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: Iota of %s: the data type is not supported", shape)
	}
	return f.add(compute.OpTypeIota, graph.Axis{Axis: axis}, shape.Clone()), nil
}

// OptimizationBarrier implements [compute.StandardOps].
func (f *function) OptimizationBarrier(xs ...compute.Value) ([]compute.Value, error) {
	in, err := f.values("OptimizationBarrier", xs...)
	if err != nil {
		return nil, err
	}
	outputs := make([]shapes.Shape, len(in))
	for i, v := range in {
		outputs[i] = v.Shape
	}
	return list(f.graph.Add(compute.OpTypeOptimizationBarrier, nil, in, outputs...).Outputs), nil
}

// SchedulingBarrier implements [compute.StandardOps]: the result is computed after all
// dependencies, as they are inputs of it.
func (f *function) SchedulingBarrier(x compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	return f.single(compute.OpTypeSchedulingBarrier, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		return in[0], nil
	}, append([]compute.Value{x}, dependencies...)...)
}
