package graph

import (
	"fmt"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/view"
)

// Parameter names an input.
type Parameter struct{ Name string }

// Constant is the value of a constant: its elements in memory order.
type Constant struct {
	DType dtypes.DType
	Data  []byte
}

// String is the value of a float32 scalar, and the size of any other constant.
func (c Constant) String() string {
	if len(c.Data) == c.DType.Size() && c.DType == dtypes.Float32 {
		return fmt.Sprint(*(*float32)(unsafe.Pointer(&c.Data[0])))
	}
	return fmt.Sprintf("%d bytes", len(c.Data))
}

// Transpose: output axis i is input axis Permutation[i].
type Transpose struct{ Permutation []int }

// Broadcast: input axis i becomes output axis Axes[i].
type Broadcast struct{ Axes []int }

// Slice takes every Strides[i]-th element of [Starts[i], Limits[i]).
type Slice struct{ Starts, Limits, Strides []int }

// Reduce reduces over Axes.
type Reduce struct{ Axes []int }

// Axis is the axis of Concatenate, Iota, Softmax.
type Axis struct{ Axis int }

// Axes are the axes of Reverse.
type Axes struct{ Axes []int }

// ArgMinMax finds the position of an extreme along Axis.
type ArgMinMax struct {
	Axis  int
	IsMin bool
}

// Pad adds elements before, after and between those of each axis.
type Pad struct{ Axes []compute.PadAxis }

// Dot describes a generalised matrix product. A third input, where there is one, is a vector of
// float32 that is added to every row.
type Dot struct {
	LeftContracting, LeftBatch   []int
	RightContracting, RightBatch []int
	Accumulator                  dtypes.DType // data type of the sums
	// Rounded says that an explicit conversion of the float32 sums to bfloat16 has been fused into
	// the product: it rounds the sums before anything else is done to them, and a float32 result
	// holds numbers rounded to bfloat16.
	Rounded bool
}

// Gather has the fields of compute's Gather.
type Gather struct {
	IndexVectorAxis                                     int
	OffsetOutputAxes, CollapsedSliceAxes, StartIndexMap []int
	SliceSizes                                          []int
}

// Scatter has the fields of compute's Scatter operations.
type Scatter struct {
	IndexVectorAxis                                            int
	UpdateWindowAxes, InsertedWindowAxes, ScatterAxesToOperand []int
}

// Conv has the fields of compute's ConvGeneral.
type Conv struct {
	Axes                            compute.ConvolveAxesConfig
	Strides                         []int
	Paddings                        [][2]int
	InputDilations, KernelDilations []int
	ChannelGroups, BatchGroups      int
}

// Window has the fields of ReduceWindow and of SelectAndScatter, which has no dilations.
type Window struct {
	Reduction                       compute.ReduceOpType
	Dimensions, Strides             []int
	InputDilations, WindowDilations []int
	Paddings                        [][2]int
}

// DynamicSlice has the sizes of a slice whose start is a value.
type DynamicSlice struct{ Sizes []int }

// DynamicReshape names the axes whose length is known only when the program runs.
type DynamicReshape struct {
	Specs []compute.DynamicDimensionSpec // without values: the names of axes determine the lengths
}

// Attention is scaled dot-product attention over [batch, heads, tokens, width] or [batch, tokens,
// heads, width].
type Attention struct {
	Layout compute.AttentionAxesLayout
	Scale  float32
	Causal bool
	// Terms is the number of inputs after query, key and value that are added to the scores, each
	// [batch, heads, queries, keys]: Bool, where false stands for −∞, or float32.
	Terms int
	// Rounded says of the gradient that the graph converts the gradient of the probabilities,
	// dOutput·valueᵀ, to bfloat16 explicitly.
	Rounded bool
}

// Sort orders along Axis; the comparator is the node's body.
type Sort struct {
	Axis   int
	Stable bool
}

// Place returns the index, in a dense input, of element i of the window at position `at` of the
// output; ok is false where the element lies in the padding or between dilated elements.
func (w Window) Place(input view.View, at, i []int) (place int, ok bool) {
	for axis := range at {
		p := at[axis]*w.Strides[axis] + i[axis]*w.WindowDilations[axis] - w.Paddings[axis][0]
		if p < 0 || p%w.InputDilations[axis] != 0 || p/w.InputDilations[axis] >= input.Dims[axis] {
			return 0, false
		}
		place += p / w.InputDilations[axis] * input.Strides[axis]
	}
	return place, true
}
