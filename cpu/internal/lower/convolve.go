package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// convolve is a convolution by its definition, in any number of dimensions, with padding, strides,
// dilations and groups: each element of the result is one sum over input channels and window.
// Networks whose time goes into convolutions of many channels are better written as matrix products
// of patches.
func convolve(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Outputs[0].Shape.DType, convolveAs[float32], convolveAs[float64], convolveAs[int64],
		convolveAs[uint64])
}

// convolution is the geometry of a convolution.
type convolution struct {
	graph.Conv
	input, kernel, output view.View
	window                view.View // the kernel's spatial axes
	channels              int       // input channels of a group
	outputs               int       // output channels
	inputDims             []int     // spatial
	batch                 int       // of the output
}

func newConvolution(n *graph.Node) *convolution {
	c := &convolution{
		Conv: n.Attr.(graph.Conv), input: view.Of(n.Inputs[0].Shape.Dimensions),
		kernel: view.Of(n.Inputs[1].Shape.Dimensions),
		output: view.Of(n.Outputs[0].Shape.Dimensions),
	}
	c.window = c.kernel.Transpose(c.Axes.KernelSpatial)
	c.channels, c.outputs = c.kernel.Dims[c.Axes.KernelInputChannels], c.kernel.Dims[c.Axes.KernelOutputChannels]
	c.inputDims = c.input.Transpose(c.Axes.InputSpatial).Dims
	c.batch = c.output.Dims[c.Axes.OutputBatch]
	return c
}

func convolveAs[T loop.Number](l *lowering, n *graph.Node) error {
	c := newConvolution(n)
	in, kernel := widen[T](l, n.Inputs[0]), widen[T](l, n.Inputs[1])
	spatial := view.Of(c.output.Transpose(c.Axes.OutputSpatial).Dims)
	narrow[T](l, n.Outputs[0], func(out int) {
		l.simple("convolution", c.batch*c.outputs, []int{in, kernel}, []int{out}, func(f *program.Frame, task int) {
			x, k, y := program.View[T](f, in), program.View[T](f, kernel), program.View[T](f, out)
			b, o := task/c.outputs, task%c.outputs
			at := b*c.output.Strides[c.Axes.OutputBatch] + o*c.output.Strides[c.Axes.OutputChannels]
			from := c.start(b, o)
			weights := k[o*c.kernel.Strides[c.Axes.KernelOutputChannels]:]
			to := c.output.Transpose(c.Axes.OutputSpatial)
			for i := range spatial.Size() {
				y[at+to.At(i)] = convolveAt(c, x, from, weights, index(i, spatial.Dims))
			}
		})
	})
	return nil
}

// start is where the input channels begin that output channel o of image b of the result depends
// on.
func (c *convolution) start(b, o int) int {
	group := o / (c.outputs / c.ChannelGroups)
	image := o/(c.outputs/c.BatchGroups)*c.batch + b
	return image*c.input.Strides[c.Axes.InputBatch] + group*c.channels*c.input.Strides[c.Axes.InputChannels]
}

// convolveAt is one element of the result, at the given place. Its input channels begin at x[from],
// where x has any elements.
func convolveAt[T loop.Number](c *convolution, x []T, from int, k []T, at []int) T {
	var sum T
	xStep, kStep := c.input.Strides[c.Axes.InputChannels], c.kernel.Strides[c.Axes.KernelInputChannels]
	for w := range c.window.Size() {
		place, ok := c.tap(at, index(w, c.window.Dims))
		if !ok {
			continue
		}
		weight := c.window.At(w)
		for ch := range c.channels {
			sum += x[from+place+ch*xStep] * k[weight+ch*kStep]
		}
	}
	return sum
}

// tap is the place of the input under element w of the window for an element of the result; ok is
// false in the padding and between the elements of a dilated input.
func (c *convolution) tap(at, w []int) (place int, ok bool) {
	for i, axis := range c.Axes.InputSpatial {
		p := at[i]*c.Strides[i] + w[i]*c.KernelDilations[i] - c.Paddings[i][0]
		if p < 0 || p%c.InputDilations[i] != 0 || p/c.InputDilations[i] >= c.inputDims[i] {
			return 0, false
		}
		place += p / c.InputDilations[i] * c.input.Strides[axis]
	}
	return place, true
}

// index splits a row-major index into one index per dimension.
func index(i int, dims []int) []int {
	list := make([]int, len(dims))
	for axis := len(dims) - 1; axis >= 0; axis-- {
		list[axis] = i % dims[axis]
		i /= dims[axis]
	}
	return list
}
