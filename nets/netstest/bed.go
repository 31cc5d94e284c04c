package netstest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

// scope is where the variables of a network lie in the store of a bed.
const scope = "/net"

// bed is a network with variables, ready to run.
type bed struct {
	Suite
	loud, quiet nets.Network // as it is, and without noise
	store       *model.Store
}

// fresh is a network with its initial values.
func (s Suite) fresh() (*bed, error) {
	network, err := s.Config.New()
	if err != nil {
		return nil, err
	}
	b := &bed{s, network, network.WithoutNoise(), model.NewStore()}
	b.store.SetParam("/"+layer.ParamSeed, s.seed)
	if err := b.store.SetRNGStateFromSeed(int64(s.seed)); err != nil {
		return nil, err
	}
	_, err = b.features(b.quiet, s.images(1, s.usual()), false)
	return b, err
}

// moved is a network whose variables are none of those with which it starts: zeros among these
// would hide errors.
func (s Suite) moved() (*bed, error) {
	b, err := s.fresh()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(s.seed, 1))
	names, byName := layer.Within(b.store, scope)
	for _, name := range names {
		v := byName[name]
		if !v.Trainable || v.DType() != dtypes.Float32 {
			continue
		}
		values, err := tensors.CopyFlatData[float32](v.MustValue())
		if err != nil {
			return nil, err
		}
		dims, std := v.Shape().Dimensions, 0.1
		if len(dims) > 1 {
			std = 0.3 / math.Sqrt(float64(len(values)/dims[0])) // by the fan-in
		}
		for i := range values {
			values[i] += float32(std * rng.NormFloat64())
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, dims...)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// build makes outputs of a network from images.
type build func(n nets.Network, scope *model.Scope, images *graph.Node) []*graph.Node

// run builds a graph of a network over the variables of the bed and runs it once.
func (b *bed) run(n nets.Network, pass build, images *tensors.Tensor, training bool) ([]*tensors.Tensor, error) {
	exec, err := model.NewExec(b.Engine, b.store, func(s *model.Scope, images *graph.Node) []*graph.Node {
		s.Store().SetTraining(images.Graph(), training)
		return pass(n, s.At("net"), images)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	return exec.WithName("netstest").Call(images)
}

// features are those of images [B, C, H, W], in rows of the width.
func (b *bed) features(n nets.Network, images *tensors.Tensor, training bool) ([]float32, error) {
	out, err := b.run(n, func(n nets.Network, s *model.Scope, images *graph.Node) []*graph.Node {
		return []*graph.Node{layer.Float32(n.Forward(s, images))}
	}, images, training)
	if err != nil {
		return nil, err
	}
	return tensors.CopyFlatData[float32](out[0])
}

// usual is the size that the variables are made for, or a small one.
func (s Suite) usual() [2]int {
	g := s.Config.Geometry()
	if g.Native != [2]int{} {
		return g.Native
	}
	return [2]int{3 * g.Patch, 2 * g.Patch}
}

// taken lists heights and widths of every kind that the network takes.
func (s Suite) taken() [][2]int {
	g := s.Config.Geometry()
	p := g.Patch
	sizes := [][2]int{s.usual(), {p, p}, {p, 3 * p}, {3 * p, 2 * p}, {5 * p, 5 * p}}
	if g.Edge != nets.EdgeRefused {
		sizes = append(sizes, [2]int{2*p + p/2, 4*p - 1}, [2]int{2*p + 1, p})
	}
	if g.Edge == nets.EdgePadded {
		sizes = append(sizes, [2]int{1, 1}, [2]int{1, 2*p + 1})
	}
	return sizes
}

// images draws normalised images [batch, C, height, width].
func (s Suite) images(batch int, size [2]int) *tensors.Tensor {
	return s.pixels(batch, s.Config.Geometry().Channels, size[0], size[1])
}

// pixels draws a tensor from N(0, 1), the same for the same dimensions.
func (s Suite) pixels(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	rng, values := rand.New(rand.NewPCG(s.seed, 2)), make([]float32, size)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// differ reports the first element in which two results differ by more than a share of the largest
// of them, or that is non-finite. A share of 0 asks for equal bits.
func differ(what string, got, want []float32, share float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: there are %d elements, want %d", what, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range got {
		far := math.Float32bits(v) != math.Float32bits(want[i])
		if share > 0 {
			far = !(math.Abs(float64(v)-float64(want[i])) <= share*largest)
		}
		if far {
			return fmt.Errorf("%s: element %d is %g, want %g", what, i, v, want[i])
		}
	}
	return nil
}

// finite reports the first element that is none.
func finite(what string, values []float32) error {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("%s: element %d is %g", what, i, v)
		}
	}
	return nil
}
