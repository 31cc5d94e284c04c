package loop

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// binaryFuncs are the forms of an operation with two arguments: two slices, and, where they are
// worth having, a slice and a number.
type binaryFuncs[T Number] struct {
	vv func(dst, a, b []T)
	vs func(dst, a []T, b T)
	sv func(dst []T, a T, b []T)
	// inverse is the quotient of a slice by a number, by way of the number's inverse where that is
	// finite and normal; it may differ from vs in the last place.
	inverse func(dst, a []T, b T)
}

// binaryOf returns the functions of an instruction with two arguments.
func binaryOf[T Number](in Instr) binaryFuncs[T] {
	if f, ok := vectorBinary[T](in.Op); ok {
		return f
	}
	if f := anyBinary[T](in.Op); f != nil {
		return pairwise(f)
	}
	if f := comparison[T](in.Op); f != nil {
		return pairwise(func(a, b T) T { return truth[T](f(a, b)) })
	}
	var z T
	var f any
	switch any(z).(type) {
	case float32:
		f = pairwise(floatBinary[float32](in.Op))
	case float64:
		f = pairwise(floatBinary[float64](in.Op))
	case int64:
		f = pairwise(intBinary[int64](in.Op, in.DType))
	case uint64:
		f = pairwise(intBinary[uint64](in.Op, in.DType))
	}
	return f.(binaryFuncs[T])
}

func pairwise[T Number](f func(a, b T) T) binaryFuncs[T] {
	return binaryFuncs[T]{
		vv: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = f(a[i], b[i])
			}
		},
		vs: func(dst, a []T, b T) {
			for i := range dst {
				dst[i] = f(a[i], b)
			}
		},
		sv: func(dst []T, a T, b []T) {
			for i := range dst {
				dst[i] = f(a, b[i])
			}
		},
	}
}

// anyBinary are the operations that all numbers have; max and min of a NaN are NaN.
func anyBinary[T Number](op compute.OpType) func(a, b T) T {
	switch op {
	case compute.OpTypeAdd:
		return func(a, b T) T { return a + b }
	case compute.OpTypeSub:
		return func(a, b T) T { return a - b }
	case compute.OpTypeMul:
		return func(a, b T) T { return a * b }
	case compute.OpTypeDiv:
		return func(a, b T) T { return a / b }
	case compute.OpTypeMax:
		return func(a, b T) T { return max(a, b) }
	case compute.OpTypeMin:
		return func(a, b T) T { return min(a, b) }
	case compute.OpTypeLogicalAnd:
		return func(a, b T) T { return truth[T](a != 0 && b != 0) }
	case compute.OpTypeLogicalOr:
		return func(a, b T) T { return truth[T](a != 0 || b != 0) }
	case compute.OpTypeLogicalXor:
		return func(a, b T) T { return truth[T]((a != 0) != (b != 0)) }
	}
	return nil
}

// comparison returns the predicate of a comparison. The total orders put −NaN < −∞ < … < −0 < +0 <
// … < ∞ < NaN.
func comparison[T Number](op compute.OpType) func(a, b T) bool {
	switch op {
	case compute.OpTypeEqual:
		return func(a, b T) bool { return a == b }
	case compute.OpTypeNotEqual:
		return func(a, b T) bool { return a != b }
	case compute.OpTypeLessThan:
		return func(a, b T) bool { return a < b }
	case compute.OpTypeLessOrEqual:
		return func(a, b T) bool { return a <= b }
	case compute.OpTypeGreaterThan:
		return func(a, b T) bool { return a > b }
	case compute.OpTypeGreaterOrEqual:
		return func(a, b T) bool { return a >= b }
	case compute.OpTypeEqualTotalOrder:
		return func(a, b T) bool { return order(a) == order(b) }
	case compute.OpTypeNotEqualTotalOrder:
		return func(a, b T) bool { return order(a) != order(b) }
	case compute.OpTypeLessThanTotalOrder:
		return func(a, b T) bool { return order(a) < order(b) }
	case compute.OpTypeLessOrEqualTotalOrder:
		return func(a, b T) bool { return order(a) <= order(b) }
	case compute.OpTypeGreaterThanTotalOrder:
		return func(a, b T) bool { return order(a) > order(b) }
	case compute.OpTypeGreaterOrEqualTotalOrder:
		return func(a, b T) bool { return order(a) >= order(b) }
	}
	return nil
}

// order maps a number to an integer that is ordered as in the total order of IEEE 754; unsigned
// integers lose nothing, as both sides are shifted alike.
func order[T Number](x T) int64 {
	switch x := any(x).(type) {
	case float32:
		return flip(int64(int32(math.Float32bits(x))))
	case float64:
		return flip(int64(math.Float64bits(x)))
	case uint64:
		return int64(x ^ 1<<63)
	case int64:
		return x
	}
	return 0
}

// flip reverses the order of the negative floats, whose bits count away from zero.
func flip(b int64) int64 {
	if b < 0 {
		return math.MinInt64 - b - 1
	}
	return b
}

func floatBinary[T float32 | float64](op compute.OpType) func(a, b T) T {
	switch op {
	case compute.OpTypeRem:
		return func(a, b T) T { return T(math.Mod(float64(a), float64(b))) }
	case compute.OpTypePow:
		return func(a, b T) T { return T(math.Pow(float64(a), float64(b))) }
	case compute.OpTypeAtan2:
		return func(a, b T) T { return T(math.Atan2(float64(a), float64(b))) }
	}
	panic("loop: no such operation on floats: " + op.String())
}

func intBinary[T int64 | uint64](op compute.OpType, d dtypes.DType) func(a, b T) T {
	width := uint64(d.Bits())
	mask := ^uint64(0) >> (64 - width)
	switch op {
	case compute.OpTypeRem:
		return func(a, b T) T { return a % b }
	case compute.OpTypePow:
		return power[T]
	case compute.OpTypeBitwiseAnd:
		return func(a, b T) T { return a & b }
	case compute.OpTypeBitwiseOr:
		return func(a, b T) T { return a | b }
	case compute.OpTypeBitwiseXor:
		return func(a, b T) T { return a ^ b }
	case compute.OpTypeShiftLeft:
		return func(a, b T) T { return shift(b, width, func(n uint64) T { return a << n }, 0) }
	case compute.OpTypeShiftRightArithmetic:
		return func(a, b T) T { return shift(b, width, func(n uint64) T { return a >> n }, a>>63) }
	case compute.OpTypeShiftRightLogical:
		return func(a, b T) T { return shift(b, width, func(n uint64) T { return T(uint64(a) & mask >> n) }, 0) }
	}
	panic("loop: no such operation on integers: " + op.String())
}

// shift is by n places where 0 ≤ n < width, else the number that shifting everything out leaves.
func shift[T int64 | uint64](n T, width uint64, by func(n uint64) T, out T) T {
	if uint64(n) < width {
		return by(uint64(n))
	}
	return out
}

// power is a to the b, by squaring; 0 for negative b, but for bases whose inverse is an integer.
func power[T int64 | uint64](a, b T) T {
	if b < 0 {
		switch {
		case a == 1:
			return 1
		case a+1 == 0 && b%2 == 0:
			return 1
		case a+1 == 0:
			return a
		}
		return 0
	}
	result := T(1)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			result *= a
		}
		a *= a
	}
	return result
}
