package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Gather implements [compute.StandardOps].
func (f *function) Gather(operand, startIndices compute.Value, indexVectorAxis int, offsetOutputAxes,
	collapsedSliceAxes, startIndexMap,
	sliceSizes []int, indicesAreSorted bool,
) (compute.Value, error) {
	attr := graph.Gather{
		IndexVectorAxis: indexVectorAxis, OffsetOutputAxes: slices.Clone(offsetOutputAxes),
		CollapsedSliceAxes: slices.Clone(collapsedSliceAxes),
		StartIndexMap:      slices.Clone(startIndexMap), SliceSizes: slices.Clone(sliceSizes),
	}
	return f.single(compute.OpTypeGather, attr, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Gather(in[0], in[1], indexVectorAxis, offsetOutputAxes, collapsedSliceAxes, startIndexMap,
			sliceSizes, indicesAreSorted)
	}, operand, startIndices)
}

func (f *function) scatter(op compute.OpType, operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int,
) (compute.Value, error) {
	attr := graph.Scatter{
		IndexVectorAxis: indexVectorAxis, UpdateWindowAxes: slices.Clone(updateWindowAxes),
		InsertedWindowAxes:   slices.Clone(insertedWindowAxes),
		ScatterAxesToOperand: slices.Clone(scatterAxesToOperandAxes),
	}
	return f.single(op, attr, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.Scatter(in[0], in[1], in[2], indexVectorAxis, updateWindowAxes, insertedWindowAxes,
			scatterAxesToOperandAxes)
	}, operand, indices, updates)
}

// ScatterSum implements [compute.StandardOps].
func (f *function) ScatterSum(operand, indices, updates compute.Value, indexVectorAxis int, updateWindowAxes,
	insertedWindowAxes,
	scatterAxesToOperandAxes []int, _, _ bool,
) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterSum, operand, indices, updates, indexVectorAxis, updateWindowAxes,
		insertedWindowAxes, scatterAxesToOperandAxes)
}

// ScatterMax implements [compute.StandardOps].
func (f *function) ScatterMax(operand, indices, updates compute.Value, indexVectorAxis int, updateWindowAxes,
	insertedWindowAxes,
	scatterAxesToOperandAxes []int, _, _ bool,
) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMax, operand, indices, updates, indexVectorAxis, updateWindowAxes,
		insertedWindowAxes, scatterAxesToOperandAxes)
}

// ScatterMin implements [compute.StandardOps].
func (f *function) ScatterMin(operand, indices, updates compute.Value, indexVectorAxis int, updateWindowAxes,
	insertedWindowAxes,
	scatterAxesToOperandAxes []int, _, _ bool,
) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMin, operand, indices, updates, indexVectorAxis, updateWindowAxes,
		insertedWindowAxes, scatterAxesToOperandAxes)
}

// DynamicSlice implements [compute.StandardOps].
func (f *function) DynamicSlice(operand compute.Value, startIndices []compute.Value,
	sizes []int,
) (compute.Value, error) {
	attr := graph.DynamicSlice{Sizes: slices.Clone(sizes)}
	return f.single(compute.OpTypeDynamicSlice, attr, func(in []shapes.Shape) (shapes.Shape, error) {
		if err := checkStarts(in[0], in[1:]); err != nil {
			return shapes.Invalid(), err
		}
		return shapeinference.DynamicSlice(in[0], sizes)
	}, append([]compute.Value{operand}, startIndices...)...)
}

// DynamicUpdateSlice implements [compute.StandardOps].
func (f *function) DynamicUpdateSlice(operand, update compute.Value,
	startIndices []compute.Value,
) (compute.Value, error) {
	return f.single(compute.OpTypeDynamicUpdateSlice, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		if err := checkStarts(in[0], in[2:]); err != nil {
			return shapes.Invalid(), err
		}
		return shapeinference.DynamicUpdateSlice(in[0], in[1])
	}, append([]compute.Value{operand, update}, startIndices...)...)
}

// checkStarts returns an error unless there is one integer scalar for each axis of the operand.
func checkStarts(operand shapes.Shape, starts []shapes.Shape) error {
	if len(starts) != operand.Rank() {
		return errors.Errorf("cpu: dynamic slice of %s: %d start indices: must be one for each axis", operand,
			len(starts))
	}
	for _, s := range starts {
		if !s.IsScalar() || !s.DType.IsInt() {
			return errors.Errorf("cpu: dynamic slice of %s: a start index is %s: must be an integer scalar", operand, s)
		}
	}
	return nil
}
