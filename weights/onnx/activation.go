package onnx

import (
	"math"

	"github.com/dino-go/dino/nets/vit"
)

// activation is that of the MLP.
func (b *graphBuilder) activation(name, x string) string {
	gate := func(scale float64) string {
		in := x
		if scale != 1 {
			in = b.node(name+".scaled", "Mul", []string{x, b.scalar(scale)})
		}
		return b.node(name, "Mul", []string{x, b.node(name+".sigmoid", "Sigmoid", []string{in})})
	}
	switch b.Activation {
	case vit.ReLU:
		return b.node(name, "Relu", []string{x})
	case vit.SiLU:
		return gate(1)
	case vit.QuickGELU:
		return gate(1.702)
	case vit.GELUTanh:
		return b.geluTanh(name, x)
	}
	return b.gelu(name, x)
}

// geluTanh is x·½·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
func (b *graphBuilder) geluTanh(name, x string) string {
	square := b.node(name+".square", "Mul", []string{x, x})
	cube := b.node(name+".cube", "Mul", []string{b.node(name+".cubed", "Mul", []string{square, x}), b.scalar(0.044715)})
	inner := b.node(name+".sum", "Add", []string{x, cube})
	tanh := b.node(name+".tanh", "Tanh",
		[]string{b.node(name+".inner", "Mul", []string{inner, b.scalar(math.Sqrt(2 / math.Pi))})})
	scaled := b.node(name+".mul", "Mul", []string{x, b.node(name+".add", "Add", []string{tanh, b.scalar(1)})})
	return b.node(name, "Mul", []string{scaled, b.scalar(0.5)})
}
