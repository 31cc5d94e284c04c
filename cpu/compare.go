package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// compare records a comparison.
func (f *function) compare(op compute.OpType, x, y compute.Value) (compute.Value, error) {
	return f.pairwise(op, shapeinference.ComparisonOp, x, y)
}

// compareTotal records a comparison of floats in the total order of IEEE 754: −NaN < −∞ < … < −0 <
// +0 < … < ∞ < NaN.
func (f *function) compareTotal(op compute.OpType, x, y compute.Value) (compute.Value, error) {
	return f.pairwise(op, func(op compute.OpType, a, b shapes.Shape) (shapes.Shape, error) {
		shape, err := shapeinference.BinaryOp(compute.OpTypeSub, a, b)
		shape.DType = dtypes.Bool
		return shape, err
	}, x, y)
}

// Equal implements [compute.StandardOps].
func (f *function) Equal(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeEqual, x, y)
}

// EqualTotalOrder implements [compute.StandardOps].
func (f *function) EqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeEqualTotalOrder, x, y)
}

// NotEqual implements [compute.StandardOps].
func (f *function) NotEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeNotEqual, x, y)
}

// NotEqualTotalOrder implements [compute.StandardOps].
func (f *function) NotEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeNotEqualTotalOrder, x, y)
}

// GreaterOrEqual implements [compute.StandardOps].
func (f *function) GreaterOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterOrEqual, x, y)
}

// GreaterOrEqualTotalOrder implements [compute.StandardOps].
func (f *function) GreaterOrEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeGreaterOrEqualTotalOrder, x, y)
}

// GreaterThan implements [compute.StandardOps].
func (f *function) GreaterThan(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterThan, x, y)
}

// GreaterThanTotalOrder implements [compute.StandardOps].
func (f *function) GreaterThanTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeGreaterThanTotalOrder, x, y)
}

// LessOrEqual implements [compute.StandardOps].
func (f *function) LessOrEqual(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessOrEqual, x, y)
}

// LessOrEqualTotalOrder implements [compute.StandardOps].
func (f *function) LessOrEqualTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeLessOrEqualTotalOrder, x, y)
}

// LessThan implements [compute.StandardOps].
func (f *function) LessThan(x, y compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessThan, x, y)
}

// LessThanTotalOrder implements [compute.StandardOps].
func (f *function) LessThanTotalOrder(x, y compute.Value) (compute.Value, error) {
	return f.compareTotal(compute.OpTypeLessThanTotalOrder, x, y)
}
