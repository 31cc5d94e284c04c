package loop

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// combinerOf is the associative operation of a reduction.
func combinerOf[T Number](op compute.OpType) func(a, b T) T {
	switch op {
	case compute.OpTypeReduceSum:
		return anyBinary[T](compute.OpTypeAdd)
	case compute.OpTypeReduceProduct:
		return anyBinary[T](compute.OpTypeMul)
	case compute.OpTypeReduceMax:
		return anyBinary[T](compute.OpTypeMax)
	case compute.OpTypeReduceMin:
		return anyBinary[T](compute.OpTypeMin)
	case compute.OpTypeReduceLogicalAnd:
		return anyBinary[T](compute.OpTypeLogicalAnd)
	case compute.OpTypeReduceLogicalOr:
		return anyBinary[T](compute.OpTypeLogicalOr)
	case compute.OpTypeReduceLogicalXor:
		return anyBinary[T](compute.OpTypeLogicalXor)
	}
	bitwise := map[compute.OpType]compute.OpType{
		compute.OpTypeReduceBitwiseAnd: compute.OpTypeBitwiseAnd,
		compute.OpTypeReduceBitwiseOr:  compute.OpTypeBitwiseOr,
		compute.OpTypeReduceBitwiseXor: compute.OpTypeBitwiseXor,
	}[op]
	var z T
	var f any
	switch any(z).(type) {
	case int64:
		f = intBinary[int64](bitwise, dtypes.Int64)
	case uint64:
		f = intBinary[uint64](bitwise, dtypes.Uint64)
	default:
		panic("loop: no such reduction: " + op.String())
	}
	return f.(func(a, b T) T)
}

// foldOf accumulates x into acc, element by element.
func foldOf[T Number](op compute.OpType) func(acc, x []T) {
	if f, ok := vectorBinary[T](elementwise[op]); ok {
		return func(acc, x []T) { f.vv(acc, acc, x) }
	}
	f := combinerOf[T](op)
	return func(acc, x []T) {
		for i := range acc {
			acc[i] = f(acc[i], x[i])
		}
	}
}

// elementwise is the operation on two elements that belongs to a reduction.
var elementwise = map[compute.OpType]compute.OpType{
	compute.OpTypeReduceSum: compute.OpTypeAdd, compute.OpTypeReduceMax: compute.OpTypeMax,
	compute.OpTypeReduceMin:     compute.OpTypeMin,
	compute.OpTypeReduceProduct: compute.OpTypeMul,
}

// reduceOf reduces a slice to a number, in a fixed order.
func reduceOf[T Number](op compute.OpType) func(x []T) T {
	if f := vectorReduce[T](op); f != nil {
		return f
	}
	if op == compute.OpTypeReduceSum {
		return pairwiseSum[T]
	}
	f := combinerOf[T](op)
	return func(x []T) T {
		acc := x[0]
		for _, v := range x[1:] {
			acc = f(acc, v)
		}
		return acc
	}
}

// pairwiseSum adds in a tree, whose rounding error grows with log n instead of n.
func pairwiseSum[T Number](x []T) T {
	if len(x) <= 16 {
		var s T
		for _, v := range x {
			s += v
		}
		return s
	}
	half := len(x) / 2
	return pairwiseSum(x[:half]) + pairwiseSum(x[half:])
}

// wrapOf brings 64-bit results back into the range of a narrower integer; it is nil where nothing
// can leave the range.
func wrapOf[T Number](d dtypes.DType) func(x []T) {
	var z T
	var f any
	switch any(z).(type) {
	case int64:
		f = map[dtypes.DType]func([]int64){
			dtypes.Int8: wrap[int8, int64], dtypes.Int16: wrap[int16, int64], dtypes.Int32: wrap[int32, int64],
		}[d]
	case uint64:
		f = map[dtypes.DType]func([]uint64){
			dtypes.Uint8: wrap[uint8, uint64], dtypes.Uint16: wrap[uint16, uint64], dtypes.Uint32: wrap[uint32, uint64],
		}[d]
	default:
		return nil
	}
	return f.(func(x []T))
}

func wrap[S, T real](x []T) {
	for i := range x {
		x[i] = T(S(x[i]))
	}
}

// lowest is the neutral element of the maximum in a data type.
func lowest[T Number](d dtypes.DType) T {
	var z T
	var v any
	switch any(z).(type) {
	case float32:
		v = float32(math.Inf(-1))
	case float64:
		v = math.Inf(-1)
	case int64:
		v = int64(-1) << (d.Bits() - 1)
	case uint64:
		v = uint64(0)
	}
	return v.(T)
}

// highest is the neutral element of the minimum in a data type.
func highest[T Number](d dtypes.DType) T {
	var z T
	var v any
	switch any(z).(type) {
	case float32:
		v = float32(math.Inf(1))
	case float64:
		v = math.Inf(1)
	case int64:
		v = int64(^uint64(0) >> (65 - d.Bits()))
	case uint64:
		v = ^uint64(0) >> (64 - d.Bits())
	}
	return v.(T)
}

// allOnes is the neutral element of the bitwise conjunction, 0 for floats, which have none.
func allOnes[T Number]() T {
	var z T
	var v any = z
	switch any(z).(type) {
	case int64:
		v = int64(-1)
	case uint64:
		v = ^uint64(0)
	}
	return v.(T)
}

// Reduction is the neutral element and the combining operation of a reduction, for operations that
// are no loops.
func Reduction[T Number](op compute.OpType, d dtypes.DType) (initial T, combine func(a, b T) T) {
	return initialOf[T](op, d), combinerOf[T](op)
}
