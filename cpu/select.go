package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/pkg/errors"
)

// Where implements [compute.StandardOps].
func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	in, err := f.values("Where", condition, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.Where(in[0].Shape, in[1].Shape, in[2].Shape)
	if err != nil {
		return nil, err
	}
	return f.add(compute.OpTypeWhere, nil, shape, f.broadcast(in[0], shape), f.broadcast(in[1], shape),
		f.broadcast(in[2], shape)), nil
}

// Clamp implements [compute.StandardOps]; like compute's own engine it is a maximum and a minimum.
func (f *function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	bounded, err := f.Max(x, low)
	if err != nil {
		return nil, err
	}
	return f.Min(bounded, high)
}

// ConvertDType implements [compute.StandardOps].
func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	in, err := f.values("ConvertDType", x)
	if err != nil {
		return nil, err
	}
	if !capabilities.DTypes[dtype] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: conversion to %s: the data type is not supported",
			dtype)
	}
	if in[0].Shape.DType == dtype {
		return in[0], nil
	}
	shape := in[0].Shape.Clone()
	shape.DType = dtype
	return f.add(compute.OpTypeConvertDType, nil, shape, in[0]), nil
}
