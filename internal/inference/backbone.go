// Package inference runs a network with given weights over batches of normalised pixels:
// features of several kinds, and the attention of the class token where the network has it.
//
// Tests: oracle (parts of features against the network's own outputs), property (rows do not depend
// on their batch, concurrent use).
package inference

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Network is a network with its weights. It is safe for concurrent use; passes run one
// after another, since each takes all cores.
type Network struct {
	Config        nets.Config
	Preprocessing layout.Preprocessing
	Layout        string   // of the weights; empty for random ones
	Notes         []string // what was assumed about the weights

	engine    compute.Backend
	precision string
	network   nets.Network
	store     *model.Store

	mu     sync.Mutex
	passes map[string]*compiled // by what they compute
}

// compiled is a pass with a graph for every shape of images that it has met.
type compiled struct {
	exec   *model.Exec
	shapes map[[4]int]bool // true where the pass is known to fit into memory
}

// maxShapes is how many graphs of a pass are kept: enough for a batch and the last one, or for
// photos of both orientations. Each keeps its working memory, which for attention grows with the
// square of the image's area, and a folder can have a shape for every image.
const maxShapes = 2

// Options say how weights are opened. The zero value recognises everything.
type Options struct {
	layout.Options
	Backend   string // name of the engine; empty for the best that is installed
	Precision string // a name of package precision; empty stands for precision.Float32
}

// Open loads the weights at path: the teacher's, where there are several.
func Open(path string, o Options) (*Network, error) {
	computing := cmp.Or(o.Precision, precision.Float32)
	if err := precision.Check(computing); err != nil {
		return nil, err
	}
	if o.Newest == nil {
		o.Newest = checkpoint.OpenNewest
	}
	m, err := layout.Open(path, o.Options)
	if err != nil {
		return nil, err
	}
	defer m.Close() // the values are copied
	n, err := newNetwork(o.Backend, m.Network, m.Preprocessing)
	if err != nil {
		return nil, err
	}
	n.Layout, n.Notes = m.Layout, m.Notes
	n.precision = computing
	if err := n.load(m.Teacher); err != nil {
		return nil, fmt.Errorf("backbone: %s: %w", path, err)
	}
	return n, nil
}

// Random returns a network with initial weights, a function of the seed.
func Random(c nets.Config, p layout.Preprocessing, seed uint64, engine string) (*Network, error) {
	n, err := newNetwork(engine, c, p)
	if err != nil {
		return nil, err
	}
	n.store.SetParam("/"+layer.ParamSeed, seed)
	return n, nil
}

func newNetwork(engine string, c nets.Config, p layout.Preprocessing) (*Network, error) {
	network, err := c.New()
	if err != nil {
		return nil, err
	}
	n := &Network{
		Config: c, Preprocessing: p, precision: precision.Float32, network: network.WithoutNoise(),
		store: model.NewStore(), passes: map[string]*compiled{},
	}
	n.engine, err = backend.Open(cmp.Or(engine, backend.Auto))
	return n, err
}

// Compute sets the precision of the passes from now on.
func (n *Network) Compute(name string) error {
	if err := precision.Check(name); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.precision = name
	for _, c := range n.passes {
		c.exec.Finalize()
	}
	clear(n.passes)
	return nil
}

// Precision is the precision of the passes.
func (n *Network) Precision() string { return n.precision }

// load sets the weights. That none is missing or left over is verified against the shapes that the
// configuration asks for.
func (n *Network) load(from map[string]weights.Tensor) error {
	want := n.Config.Shapes()
	if len(from) != len(want) {
		return fmt.Errorf("the network has %d variables, the weights have %d", len(want), len(from))
	}
	for name := range want {
		if _, ok := from[name]; !ok {
			return fmt.Errorf("the weights lack %s", name)
		}
	}
	var bytes int64
	for _, t := range from {
		bytes += 2 * int64(len(t.Data)) // the engine has a copy
	}
	if err := memory.Check(bytes); err != nil {
		return fmt.Errorf("the network %w", err)
	}
	return variables.Create(n.store, scope, from)
}

// scope is where the variables lie in the store.
const scope = "/backbone"

// build makes the outputs of a pass from images [B, C, H, W].
type build func(scope *model.Scope, images *graph.Node) []*graph.Node

// run computes the pass of a name over images [B, C, H, W]. Its graph is compiled for every shape
// of images, and kept for some.
func (n *Network) run(ctx context.Context, name string, pass build, pixels []float32,
	shape [4]int,
) ([]*tensors.Tensor, error) {
	if want := shape[0] * shape[1] * shape[2] * shape[3]; len(pixels) != want {
		return nil, fmt.Errorf("backbone: %d numbers for images %v: must be %d", len(pixels), shape, want)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := n.compiled(name, pass, shape)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	if err := c.checkMemory(shape); err != nil {
		return nil, err
	}
	outputs, err := c.exec.Call(tensors.FromFlatDataAndDimensions(pixels, shape[:]...))
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	return outputs, nil
}

// compiled returns what computes a pass for a shape of images. When there are too many shapes, the
// graphs of all are released.
func (n *Network) compiled(name string, pass build, shape [4]int) (*compiled, error) {
	c := n.passes[name]
	if c != nil {
		if _, met := c.shapes[shape]; met || len(c.shapes) < maxShapes {
			return c, nil
		}
	}
	if c != nil {
		c.exec.Finalize()
	}
	exec, err := model.NewExec(n.engine, n.store, func(s *model.Scope, images *graph.Node) []*graph.Node {
		s.Store().SetTraining(images.Graph(), false)
		return pass(s.At("backbone"), precision.Convert(images, n.precision))
	})
	if err != nil {
		return nil, err
	}
	n.passes[name] = &compiled{exec.WithName("dino." + name), map[[4]int]bool{}}
	return n.passes[name], nil
}
