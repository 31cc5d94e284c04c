package onnx

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/weights"
)

// Forward runs the model, node by node, in the graph of images [B, C, H, W], and returns its
// outputs. It knows the operators that this package writes. Like all functions that build graphs it
// panics where something does not fit.
func (m *Model) Forward(images *graph.Node) []*graph.Node {
	if len(m.Inputs) != 1 {
		exceptions.Panicf("onnx: the model has %d inputs, want 1", len(m.Inputs))
	}
	e := &evaluation{g: images.Graph(), values: map[string]value{m.Inputs[0].Name: {node: images}}}
	for _, i := range m.Initializers {
		e.values[i.Name] = e.constant(i)
	}
	for _, n := range m.Nodes {
		e.run(n)
	}
	outputs := make([]*graph.Node, len(m.Outputs))
	for i, v := range m.Outputs {
		outputs[i] = e.tensor(v.Name)
	}
	return outputs
}

// value is a tensor of the graph or, for shapes and indices, integers that are known while the
// graph is built.
type value struct {
	node *graph.Node
	ints []int64
}

// evaluation holds the values computed so far.
type evaluation struct {
	g      *graph.Graph
	values map[string]value
}

func (e *evaluation) constant(i Initializer) value {
	if i.Tensor.DType == weights.I64 {
		ints, err := i.Tensor.Int64s()
		if err != nil {
			exceptions.Panicf("onnx: initializer %q: %v", i.Name, err)
		}
		return value{ints: ints}
	}
	floats, err := i.Tensor.Float32s()
	if err != nil {
		exceptions.Panicf("onnx: initializer %q: %v", i.Name, err)
	}
	return value{node: graph.ConstTensor(e.g, tensors.FromFlatDataAndDimensions(floats, i.Tensor.Shape...))}
}

func (e *evaluation) tensor(name string) *graph.Node {
	v := e.values[name]
	if v.node == nil {
		exceptions.Panicf("onnx: value %q is used but no node before computes it", name)
	}
	return v.node
}

func (e *evaluation) integers(name string) []int64 {
	v := e.values[name]
	if v.ints == nil {
		exceptions.Panicf("onnx: value %q must be integers that do not depend on the images", name)
	}
	return v.ints
}

// run computes a node.
func (e *evaluation) run(n Node) {
	op, ok := operators[n.Op]
	if !ok {
		exceptions.Panicf("onnx: node %q: unknown operator %s", n.Name, n.Op)
	}
	if len(n.Inputs) != op.inputs && op.inputs != anyNumber {
		exceptions.Panicf("onnx: node %q: %s has %d inputs, want %d", n.Name, n.Op, len(n.Inputs), op.inputs)
	}
	results := op.compute(e, n)
	if len(results) != len(n.Outputs) {
		exceptions.Panicf("onnx: node %q: %s has %d outputs, want %d", n.Name, n.Op, len(n.Outputs), len(results))
	}
	for i, name := range n.Outputs {
		e.values[name] = results[i]
	}
}
