package network

import (
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/vit"
)

// maxShapes is how many shapes of input a pass keeps compiled. A folder of photos can have a shape for every one.
const maxShapes = 32

// Pass computes chosen outputs of a network. It may be used by several goroutines at once.
type Pass struct {
	network *Network
	name    string
	build   func(scope *model.Scope, images *graph.Node) []*graph.Node

	mu     sync.RWMutex // held for reading while a graph runs
	exec   *model.Exec
	shapes map[[3]int]bool // batch, height and width of the graphs that exec has compiled
}

// NewPass prepares a pass that returns what pick takes of the forward pass. name is the graph's, for error messages.
func (n *Network) NewPass(name string, want vit.Want, pick func(vit.Output) []*graph.Node) *Pass {
	build := func(root *model.Scope, images *graph.Node) []*graph.Node {
		root.Store().SetTraining(images.Graph(), false)
		return pick(n.vit.ForwardAll(root.At(scope), images, want))
	}
	return &Pass{network: n, name: name, build: build, shapes: map[[3]int]bool{}}
}

// Run computes the outputs for images [batch, channels, height, width], normalised as the weights ask for.
func (p *Pass) Run(images []float32, batch, height, width int) ([]*tensors.Tensor, error) {
	channels := p.network.ViT.InChannels
	if batch < 1 || len(images) != batch*channels*height*width {
		return nil, fmt.Errorf("network: %d values for images: must be %d × %d × %d × %d (batch, channels, height, width)", len(images), batch, channels, height, width)
	}
	if err := p.network.ViT.CheckImages([2]int{height, width}); err != nil {
		return nil, fmt.Errorf("network: %s: %w", p.network.Path, err)
	}
	if err := p.admit([3]int{batch, height, width}); err != nil {
		return nil, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	outputs, err := p.exec.Call(tensors.FromFlatDataAndDimensions(images, batch, channels, height, width))
	if err != nil {
		return nil, fmt.Errorf("network: %s: %w", p.network.Path, err)
	}
	return outputs, nil
}

// admit makes room for a shape of input: when too many are compiled, all are forgotten.
func (p *Pass) admit(shape [3]int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exec != nil && (p.shapes[shape] || len(p.shapes) < maxShapes) {
		p.shapes[shape] = true
		return nil
	}
	exec, err := model.NewExec(p.network.engine, p.network.store, p.build)
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if p.exec != nil {
		p.exec.Finalize()
	}
	p.exec, p.shapes = exec.WithName(p.name).SetMaxCache(-1), map[[3]int]bool{shape: true}
	return nil
}
