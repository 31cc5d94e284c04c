package pass

import (
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// beside returns the operand that stands beside a number in an operation of two, and the number;
// nil where there is none.
func beside(n *graph.Node, op compute.OpType) (other *graph.Value, number float64) {
	if n.Op != op {
		return nil, 0
	}
	for i, in := range n.Inputs {
		if s, ok := scalarOf(in); ok {
			return n.Inputs[1-i], s
		}
	}
	return nil, 0
}

// scalarOf returns the number that a value holds everywhere, if it is a constant and a float of at
// most 32 bits all the way.
func scalarOf(v *graph.Value) (float64, bool) {
	if !isSingle(v.Shape.DType) {
		return 0, false
	}
	switch v.Node.Op {
	case compute.OpTypeBroadcastInDim, compute.OpTypeReshape:
		return scalarOf(v.Node.Inputs[0])
	case compute.OpTypeConvertDType:
		x, ok := scalarOf(v.Node.Inputs[0])
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

// isSingle tells whether a data type is computed in float32.
func isSingle(d dtypes.DType) bool { return d == dtypes.Float32 || d.IsHalfPrecision() }
