package pass

import (
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// beside matches an operation of two operands one of which is a constant number everywhere, and
// returns the other operand and the number. The operand is nil where the node does not match.
func beside(n *graph.Node, op compute.OpType) (other *graph.Value, number float64) {
	if n.Op != op {
		return nil, 0
	}
	for i, in := range n.Inputs {
		if s, ok := foldScalar(in); ok {
			return n.Inputs[1-i], s
		}
	}
	return nil, 0
}

// foldScalar folds a constant expression to the number that all elements of the value have: a
// constant of one element, reshaped, broadcast and converted any number of times, between data
// types that are computed in float32. ok is false for any other value.
func foldScalar(v *graph.Value) (number float64, ok bool) {
	if !loop.InFloat32(v.Shape.DType) {
		return 0, false
	}
	switch v.Node.Op {
	case compute.OpTypeBroadcastInDim, compute.OpTypeReshape:
		return foldScalar(v.Node.Inputs[0])
	case compute.OpTypeConvertDType:
		x, ok := foldScalar(v.Node.Inputs[0])
		return rounded(x, v.Shape.DType), ok
	case compute.OpTypeConstant:
		return numberIn(v.Node.Attr.(graph.Constant))
	}
	return 0, false
}

// rounded is the number of a data type that is next to x.
func rounded(x float64, d dtypes.DType) float64 {
	switch d {
	case dtypes.BFloat16:
		return bfloat16.BFloat16(vec.BF16(float32(x))).Float64()
	case dtypes.Float16:
		return float64(vec.FromF16(vec.F16(float32(x))))
	}
	return x
}

// numberIn reads a constant of one element.
func numberIn(c graph.Constant) (float64, bool) {
	if len(c.Data) != c.DType.Size() {
		return 0, false
	}
	at := unsafe.Pointer(&c.Data[0])
	switch c.DType {
	case dtypes.BFloat16:
		return float64((*(*bfloat16.BFloat16)(at)).Float32()), true
	case dtypes.Float16:
		return float64(vec.FromF16(*(*uint16)(at))), true
	}
	return float64(*(*float32)(at)), true
}
