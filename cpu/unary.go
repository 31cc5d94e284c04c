package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"
)

// unary records an elementwise operation with one operand.
func (f *function) unary(op compute.OpType, x compute.Value) (compute.Value, error) {
	return f.single(op, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		if in[0].DType.IsComplex() {
			return shapes.Invalid(), errors.Wrapf(compute.ErrNotImplemented, "cpu: %s of %s", op, in[0])
		}
		return shapeinference.UnaryOp(op, in[0])
	}, x)
}

// predicate records an elementwise test of numbers, IsNaN or IsFinite, whose result is Bool.
func (f *function) predicate(op compute.OpType, x compute.Value) (compute.Value, error) {
	return f.single(op, nil, func(in []shapes.Shape) (shapes.Shape, error) {
		if in[0].DType == dtypes.Bool || in[0].DType.IsComplex() {
			return shapes.Invalid(), errors.Errorf("cpu: %s of %s: the data type must be one of real numbers", op,
				in[0])
		}
		out := in[0].Clone()
		out.DType = dtypes.Bool
		return out, nil
	}, x)
}

// IsFinite implements [compute.StandardOps].
func (f *function) IsFinite(x compute.Value) (compute.Value, error) {
	return f.predicate(compute.OpTypeIsFinite, x)
}

// IsNaN implements [compute.StandardOps].
func (f *function) IsNaN(x compute.Value) (compute.Value, error) {
	return f.predicate(compute.OpTypeIsNaN, x)
}

// Abs implements [compute.StandardOps].
func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, x)
}

// BitCount implements [compute.StandardOps].
func (f *function) BitCount(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitCount, x)
}

// BitwiseNot implements [compute.StandardOps].
func (f *function) BitwiseNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeBitwiseNot, x)
}

// Ceil implements [compute.StandardOps].
func (f *function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCeil, x)
}

// Clz implements [compute.StandardOps].
func (f *function) Clz(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeClz, x)
}

// Cos implements [compute.StandardOps].
func (f *function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCos, x)
}

// Erf implements [compute.StandardOps].
func (f *function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeErf, x)
}

// Exp implements [compute.StandardOps].
func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, x)
}

// Expm1 implements [compute.StandardOps].
func (f *function) Expm1(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExpm1, x)
}

// Floor implements [compute.StandardOps].
func (f *function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeFloor, x)
}

// Log implements [compute.StandardOps].
func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, x)
}

// Log1p implements [compute.StandardOps].
func (f *function) Log1p(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog1p, x)
}

// LogicalNot implements [compute.StandardOps].
func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, x)
}

// Logistic implements [compute.StandardOps].
func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, x)
}

// Neg implements [compute.StandardOps].
func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, x)
}

// Round implements [compute.StandardOps].
func (f *function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRound, x)
}

// Rsqrt implements [compute.StandardOps].
func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRsqrt, x)
}

// Sign implements [compute.StandardOps].
func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, x)
}

// Sin implements [compute.StandardOps].
func (f *function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSin, x)
}

// Sqrt implements [compute.StandardOps].
func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, x)
}

// Tanh implements [compute.StandardOps].
func (f *function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeTanh, x)
}
