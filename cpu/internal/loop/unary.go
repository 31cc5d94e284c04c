package loop

import (
	"math"
	"math/bits"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// unaryOf returns the function of an instruction with one argument.
func unaryOf[T Number](in Instr) func(dst, a []T) {
	if in.Op == compute.OpTypeConvertDType || in.Op == compute.OpTypeIdentity {
		return convertOf[T](in)
	}
	if f := vectorUnary[T](in.Op); f != nil {
		return f
	}
	if f := anyUnary[T](in.Op); f != nil {
		return each(f)
	}
	var z T
	var f any
	switch any(z).(type) {
	case float32:
		f = each(floatUnary[float32](in.Op))
	case float64:
		f = each(floatUnary[float64](in.Op))
	case int64:
		f = each(intUnary[int64](in.Op, in.DType))
	case uint64:
		f = each(intUnary[uint64](in.Op, in.DType))
	}
	return f.(func(dst, a []T))
}

func each[T Number](f func(T) T) func(dst, a []T) {
	return func(dst, a []T) {
		for i, x := range a {
			dst[i] = f(x)
		}
	}
}

// anyUnary are the operations that all numbers have.
func anyUnary[T Number](op compute.OpType) func(T) T {
	switch op {
	case compute.OpTypeAbs:
		return func(x T) T {
			if x < 0 {
				return -x
			}
			return x + 0 // −0 becomes 0
		}
	case compute.OpTypeNeg:
		return func(x T) T { return -x }
	case compute.OpTypeLogicalNot:
		return func(x T) T { return truth[T](x == 0) }
	case compute.OpTypeSign:
		return func(x T) T {
			switch {
			case x > 0:
				return 1
			case x < 0:
				var zero T
				return zero - 1
			}
			return x // 0, or NaN
		}
	}
	return nil
}

// floatUnary computes in float64 and rounds once.
func floatUnary[T float32 | float64](op compute.OpType) func(T) T {
	switch op {
	case compute.OpTypeIsFinite:
		return func(x T) T { return truth[T](!math.IsInf(float64(x), 0) && x == x) }
	case compute.OpTypeIsNaN:
		return func(x T) T { return truth[T](x != x) }
	case compute.OpTypeLogistic:
		return func(x T) T { return T(1 / (1 + math.Exp(-float64(x)))) }
	case compute.OpTypeRsqrt:
		return func(x T) T { return T(1 / math.Sqrt(float64(x))) }
	case compute.OpTypeSqrt:
		return func(x T) T { return T(math.Sqrt(float64(x))) }
	case compute.OpTypeFloor:
		return func(x T) T { return T(math.Floor(float64(x))) }
	case compute.OpTypeCeil:
		return func(x T) T { return T(math.Ceil(float64(x))) }
	case compute.OpTypeRound:
		return func(x T) T { return T(math.RoundToEven(float64(x))) }
	}
	if f := transcendental[op]; f != nil {
		return func(x T) T { return T(f(float64(x))) }
	}
	panic("loop: no such operation on floats: " + op.String())
}

var transcendental = map[compute.OpType]func(float64) float64{
	compute.OpTypeExp: math.Exp, compute.OpTypeExpm1: math.Expm1, compute.OpTypeLog: math.Log,
	compute.OpTypeLog1p: math.Log1p,
	compute.OpTypeSin:   math.Sin, compute.OpTypeCos: math.Cos, compute.OpTypeTanh: math.Tanh,
	compute.OpTypeErf: math.Erf,
}

// intUnary works on integers of the given width, which are kept extended to 64 bits.
func intUnary[T int64 | uint64](op compute.OpType, d dtypes.DType) func(T) T {
	width := d.Bits()
	mask := ^uint64(0) >> (64 - width)
	switch op {
	case compute.OpTypeBitwiseNot:
		return func(x T) T { return ^x }
	case compute.OpTypeBitCount:
		return func(x T) T { return T(bits.OnesCount64(uint64(x) & mask)) }
	case compute.OpTypeClz:
		return func(x T) T { return T(bits.LeadingZeros64(uint64(x)&mask) - (64 - width)) }
	case compute.OpTypeIsFinite:
		return func(T) T { return 1 }
	case compute.OpTypeIsNaN:
		return func(T) T { return 0 }
	}
	panic("loop: no such operation on integers: " + op.String())
}

func truth[T Number](b bool) T {
	if b {
		return 1
	}
	return 0
}
