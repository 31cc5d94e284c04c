// Package convnet is a small convolutional network as a user of the module would write it: with
// GoMLX and public packages alone. It has a feature map, no class token and no attention. It is
// imported by tests only.
//
// Tests: the suite of package netstest; the network trains as the backbone of package distill.
package convnet

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/nets"
)

// Config describes the network: a stem of two convolutions with stride 2, then residual blocks.
type Config struct {
	Channels int `yaml:"channels"` // of the images
	Dim      int `yaml:"dim"`      // width of the feature map
	Depth    int `yaml:"depth"`    // residual blocks
	// Dropout is the share of the features that is left out in training.
	Dropout float64 `yaml:"dropout"`
}

const (
	kernel = 3 // side in pixels
	stride = 4 // pixels a side of a cell of the feature map: 2 of each convolution of the stem
)

// Kind is the name of this family of networks.
func (c Config) Kind() string { return "convnet" }

// Validate reports the first option that cannot work.
func (c Config) Validate() error {
	switch {
	case c.Channels < 1:
		return fmt.Errorf("convnet: channels is %d: must be at least 1", c.Channels)
	case c.Dim < 1:
		return fmt.Errorf("convnet: dim is %d: must be at least 1", c.Dim)
	case c.Depth < 1:
		return fmt.Errorf("convnet: depth is %d: must be at least 1", c.Depth)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return fmt.Errorf("convnet: dropout is %g: must be in [0, 1)", c.Dropout)
	}
	return nil
}

// Shapes lists the variables: kernels are [out, in, 3, 3].
func (c Config) Shapes() map[string][]int {
	out := map[string][]int{}
	add := func(name string, in int) {
		out[name+".weight"], out[name+".bias"] = []int{c.Dim, in, kernel, kernel}, []int{c.Dim}
	}
	add("stem.0", c.Channels)
	add("stem.1", c.Dim)
	for i := range c.Depth {
		add(fmt.Sprintf("blocks.%d", i), c.Dim)
	}
	return out
}

// Width is Dim.
func (c Config) Width() int { return c.Dim }

// Geometry takes images of any size: their border is padded.
func (c Config) Geometry() nets.Geometry {
	return nets.Geometry{Channels: c.Channels, Patch: stride, Edge: nets.EdgePadded}
}

// Outputs are the feature maps of the blocks.
func (c Config) Outputs() nets.Outputs { return nets.Outputs{Blocks: c.Depth} }

// New returns the network.
func (c Config) New() (nets.Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return network{c}, nil
}

type network struct{ Config }

// Forward returns the features [B, D].
func (n network) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	return n.ForwardAll(scope, images, nets.Want{}).Features
}

// ForwardAll is x = relu(conv(x)) twice with stride 2, then x += relu(conv(x)) a block; the
// features are the mean of the map.
func (n network) ForwardAll(scope *model.Scope, images *graph.Node, want nets.Want) nets.Output {
	nets.CheckImages(n.Config, images)
	x := n.convolve(scope.At("stem").At("0"), images, 2)
	x = n.convolve(scope.At("stem").At("1"), x, 2)
	var out nets.Output
	for i := range n.Depth {
		x = graph.Add(x, n.convolve(scope.At("blocks").At("%d", i), x, 1))
		if i >= n.Depth-want.LastBlocks {
			out.Blocks = append(out.Blocks, tokens(x))
		}
	}
	out.Tokens, out.Grid = tokens(x), [2]int{x.Shape().Dim(2), x.Shape().Dim(3)}
	out.Features = n.drop(scope, graph.ReduceMean(x, 2, 3))
	return out
}

// WithoutNoise returns the network without dropout.
func (n network) WithoutNoise() nets.Network {
	n.Dropout = 0
	return n
}

// tokens views a map [B, D, rows, columns] as [B, rows·columns, D].
func tokens(x *graph.Node) *graph.Node {
	x = graph.TransposeAllAxes(x, 0, 2, 3, 1)
	return graph.Reshape(x, x.Shape().Dim(0), x.Shape().Dim(1)*x.Shape().Dim(2), x.Shape().Dim(3))
}

// drop leaves out a share of the features in training.
func (n network) drop(scope *model.Scope, x *graph.Node) *graph.Node {
	if n.Dropout == 0 || !scope.IsTraining(x.Graph()) {
		return x
	}
	draw := scope.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dimensions...))
	keep := graph.GreaterOrEqual(draw, graph.Scalar(x.Graph(), dtypes.Float32, n.Dropout))
	return graph.Where(keep, graph.MulScalar(x, 1/(1-n.Dropout)), graph.ZerosLike(x))
}

// convolve is relu(conv(x) + bias) for a kernel [Dim, in, 3, 3] and a border of one pixel.
func (n network) convolve(scope *model.Scope, x *graph.Node, strides int) *graph.Node {
	in := x.Shape().Dim(1)
	weight := parameter(scope, x, "weight", math.Sqrt(2/float64(in*kernel*kernel)), n.Dim, in, kernel, kernel)
	y := graph.Convolve(x, weight).AxesConfig(graph.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
		KernelOutputChannels: 0, KernelInputChannels: 1, KernelSpatial: []int{2, 3},
		OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
	}).Strides(strides).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
	bias := graph.Reshape(parameter(scope, x, "bias", 0.1, n.Dim), 1, n.Dim, 1, 1)
	return graph.MaxScalar(graph.Add(y, bias), 0)
}

// parameter returns a variable in the data type of x. Initial values are drawn on the host from
// N(0, std²), by the name of the variable, so that every engine starts from the same.
func parameter(scope *model.Scope, x *graph.Node, name string, std float64, dims ...int) *graph.Node {
	hash := fnv.New64a()
	hash.Write([]byte(scope.Scope() + name))
	rng, size := rand.New(rand.NewPCG(hash.Sum64(), 0)), 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(std * rng.NormFloat64())
	}
	v := scope.VariableWithValue(name, tensors.FromFlatDataAndDimensions(values, dims...))
	return graph.ConvertDType(v.NodeValue(x.Graph()), x.DType())
}
