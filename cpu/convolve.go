package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// ConvGeneral implements [compute.StandardOps].
func (f *function) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int,
	paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int,
) (compute.Value, error) {
	rank := len(axes.InputSpatial)
	attr := graph.Conv{
		Axes: axes.Clone(), Strides: orOnes(strides, rank), Paddings: orZeros(paddings, rank),
		InputDilations:  orOnes(inputDilations, rank),
		KernelDilations: orOnes(kernelDilations, rank), ChannelGroups: max(channelGroups, 1),
		BatchGroups: max(batchGroups, 1),
	}
	return f.single(compute.OpTypeConvGeneral, attr, func(in []shapes.Shape) (shapes.Shape, error) {
		return shapeinference.ConvGeneral(in[0], in[1], axes, strides, paddings, inputDilations, kernelDilations,
			attr.ChannelGroups, attr.BatchGroups)
	}, input, kernel)
}

// ReduceWindow implements [compute.StandardOps].
func (f *function) ReduceWindow(x compute.Value, reduction compute.ReduceOpType, window, strides, inputDilations,
	windowDilations []int,
	paddings [][2]int,
) (compute.Value, error) {
	in, err := f.values("ReduceWindow", x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.ReduceWindow(in[0].Shape, window, strides, inputDilations, windowDilations, paddings)
	if err != nil {
		return nil, err
	}
	attr := newWindow(in[0].Shape.Rank(), window, strides, inputDilations, windowDilations, paddings)
	attr.Reduction = reduction
	return f.add(compute.OpTypeReduceWindow, attr, shape, in[0]), nil
}

func (f *function) selectAndScatter(op compute.OpType, operand, source compute.Value, window, strides []int,
	paddings [][2]int,
) (compute.Value, error) {
	in, err := f.values(op.String(), operand, source)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.SelectAndScatter(in[0].Shape, in[1].Shape, window, strides, paddings)
	if err != nil {
		return nil, err
	}
	return f.add(op, newWindow(in[0].Shape.Rank(), window, strides, nil, nil, paddings), shape, in...), nil
}

// SelectAndScatterMax implements [compute.StandardOps].
func (f *function) SelectAndScatterMax(operand, source compute.Value, window, strides []int,
	paddings [][2]int,
) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMax, operand, source, window, strides, paddings)
}

// SelectAndScatterMin implements [compute.StandardOps].
func (f *function) SelectAndScatterMin(operand, source compute.Value, window, strides []int,
	paddings [][2]int,
) (compute.Value, error) {
	return f.selectAndScatter(compute.OpTypeSelectAndScatterMin, operand, source, window, strides, paddings)
}

// newWindow fills in the defaults of a window: dimensions of 1, strides equal to the dimensions, no
// padding and no dilation.
func newWindow(rank int, window, strides, inputDilations, windowDilations []int, paddings [][2]int) graph.Window {
	w := graph.Window{
		Dimensions: orOnes(window, rank), Paddings: orZeros(paddings, rank),
		InputDilations: orOnes(inputDilations, rank), WindowDilations: orOnes(windowDilations, rank),
	}
	w.Strides = slices.Clone(strides)
	if len(strides) == 0 {
		w.Strides = w.Dimensions
	}
	return w
}

func orOnes(list []int, n int) []int {
	if len(list) > 0 {
		return slices.Clone(list)
	}
	ones := make([]int, n)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

func orZeros(list [][2]int, n int) [][2]int {
	if len(list) > 0 {
		return slices.Clone(list)
	}
	return make([][2]int, n)
}
