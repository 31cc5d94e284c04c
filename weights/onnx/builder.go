package onnx

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/weights"
)

// builder grows a model node by node. A value has the name of the node that computes it.
type builder struct {
	model    Model
	source   map[string]weights.Tensor
	used     map[string]bool // tensors of source
	constant map[string]bool // initializers that are not weights
	problems []string
}

// node adds an operator with one output and returns the output's name.
func (b *builder) node(name, op string, inputs []string, attributes ...Attribute) string {
	return b.split(name, op, inputs, []string{name}, attributes...)[0]
}

// split adds an operator with several outputs and returns their names.
func (b *builder) split(name, op string, inputs, outputs []string, attributes ...Attribute) []string {
	b.model.Nodes = append(b.model.Nodes,
		Node{Name: name, Op: op, Inputs: inputs, Outputs: outputs, Attributes: attributes})
	return outputs
}

// weight adds a tensor of the source as an initializer under its own name.
func (b *builder) weight(name string, shape ...int) string {
	if values, ok := b.take(name, shape); ok {
		b.initializer(name, weights.FromFloat32s(shape, values))
	}
	return name
}

// take reads a tensor of the source as float32. A tensor that is missing or has another shape
// becomes a problem.
func (b *builder) take(name string, shape []int) ([]float32, bool) {
	t, ok := b.source[name]
	b.used[name] = true
	if !ok {
		b.problems = append(b.problems, fmt.Sprintf("missing %s %v", name, shape))
		return nil, false
	}
	if !slices.Equal(t.Shape, shape) {
		b.problems = append(b.problems, fmt.Sprintf("%s is %v, want %v", name, t.Shape, shape))
		return nil, false
	}
	values, err := t.Float32s()
	if err != nil {
		b.problems = append(b.problems, fmt.Sprintf("%s: %v", name, err))
		return nil, false
	}
	return values, true
}

func (b *builder) initializer(name string, t weights.Tensor) {
	b.model.Initializers = append(b.model.Initializers, Initializer{Name: name, Tensor: t})
}

// ints adds a constant vector, once for equal ones.
func (b *builder) ints(values ...int64) string {
	name := "const." + strings.ReplaceAll(strings.Trim(fmt.Sprint(values), "[]"), " ", "x")
	if !b.constant[name] {
		b.constant[name] = true
		b.initializer(name, weights.FromInt64s([]int{len(values)}, values))
	}
	return name
}

// index adds a constant scalar index.
func (b *builder) index(value int64) string {
	name := fmt.Sprintf("const.index.%d", value)
	if !b.constant[name] {
		b.constant[name] = true
		b.initializer(name, weights.FromInt64s(nil, []int64{value}))
	}
	return name
}

// scalar adds a constant number.
func (b *builder) scalar(value float64) string {
	name := fmt.Sprintf("const.%gf", float32(value))
	if !b.constant[name] {
		b.constant[name] = true
		b.initializer(name, weights.FromFloat32s(nil, []float32{float32(value)}))
	}
	return name
}

// linear is x·Wᵀ + bias for W [out, in]. MatMul takes W transposed, and so it is stored.
func (b *builder) linear(name, x string, in, out int, bias bool) string {
	matrix := name + ".weight.transposed"
	if values, ok := b.take(name+".weight", []int{out, in}); ok {
		b.initializer(matrix, weights.FromFloat32s([]int{in, out}, transpose(values, out, in)))
	}
	if !bias {
		return b.node(name, "MatMul", []string{x, matrix})
	}
	product := b.node(name+".matmul", "MatMul", []string{x, matrix})
	return b.node(name, "Add", []string{product, b.weight(name+".bias", out)})
}

// transpose returns a matrix [rows, cols] as [cols, rows].
func transpose(values []float32, rows, cols int) []float32 {
	out := make([]float32, len(values))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = values[r*cols+c]
		}
	}
	return out
}

// layerNorm is (x − mean)/√(variance + eps)·weight + bias over the last axis.
func (b *builder) layerNorm(name, x string, width int, eps float64) string {
	return b.node(name, "LayerNormalization",
		[]string{x, b.weight(name+".weight", width), b.weight(name+".bias", width)},
		Attribute{"axis", int64(-1)}, Attribute{"epsilon", float32(eps)})
}

// gelu is x·½·(1 + erf(x/√2)).
func (b *builder) gelu(name, x string) string {
	erf := b.node(name+".erf", "Erf", []string{b.node(name+".div", "Div", []string{x, b.scalar(sqrt2)})})
	scaled := b.node(name+".mul", "Mul", []string{x, b.node(name+".add", "Add", []string{erf, b.scalar(1)})})
	return b.node(name, "Mul", []string{scaled, b.scalar(0.5)})
}

// finish returns the model if every tensor was used and none was missing.
func (b *builder) finish() (*Model, error) {
	for _, name := range slices.Sorted(maps.Keys(b.source)) {
		if !b.used[name] {
			b.problems = append(b.problems, fmt.Sprintf("unexpected %s %v", name, b.source[name].Shape))
		}
	}
	if n := len(b.problems); n > 0 {
		return nil, fmt.Errorf("onnx: %d tensors do not fit the network: %s", n,
			strings.Join(b.problems[:min(n, 5)], "; "))
	}
	return &b.model, nil
}
