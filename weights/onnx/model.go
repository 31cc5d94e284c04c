package onnx

import "github.com/dino-go/dino/weights"

// Opset is the version of the operator set that models are written for, the first with
// LayerNormalization.
const Opset = 17

// Model is an ONNX model: one graph whose nodes are in the order of computation.
type Model struct {
	Name         string
	Inputs       []Value
	Outputs      []Value
	Nodes        []Node
	Initializers []Initializer
	Metadata     map[string]string
}

// Value is an input or output of a model, of type float32.
type Value struct {
	Name  string
	Shape []Dim
}

// Dim is one dimension of a [Value]: a size, or a name where any size will do.
type Dim struct {
	Size int
	Name string
}

// Node computes one operator.
type Node struct {
	Name       string
	Op         string
	Inputs     []string
	Outputs    []string
	Attributes []Attribute
}

// Attribute is a constant argument of a node.
type Attribute struct {
	Name  string
	Value any // int64, float32 or []int64
}

// Initializer is a constant of the graph: F32 weights, or I64 shapes and indices.
type Initializer struct {
	Name   string
	Tensor weights.Tensor

	external *external // where the data lies, if not in the model's file
}

// attribute returns an attribute of a node by name.
func attribute[T any](n Node, name string) (value T, ok bool) {
	for _, a := range n.Attributes {
		if a.Name == name {
			value, ok = a.Value.(T)
			return value, ok
		}
	}
	return value, false
}
