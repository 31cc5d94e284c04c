package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// DotGeneral implements [compute.StandardOps]. Products of 16-bit floats are summed in float32
// whatever the accumulator is; other operands are converted to a wider accumulator first.
func (f *function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting,
	rhsBatch []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	in, err := f.values("DotGeneral", lhs, rhs)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.DotGeneral(in[0].Shape, lhsContracting, lhsBatch, in[1].Shape, rhsContracting,
		rhsBatch, config)
	if err != nil {
		return nil, err
	}
	source, accumulator := in[0].Shape.DType, config.AccumulatorDType
	if accumulator == dtypes.InvalidDType {
		accumulator = source
	}
	if source == dtypes.Bool || !capabilities.DTypes[accumulator] || !capabilities.DTypes[shape.DType] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: DotGeneral of %s summed in %s to %s", source,
			accumulator, shape.DType)
	}
	if accumulator.IsHalfPrecision() {
		accumulator = source // sums are never kept in 16 bits
	}
	final := shape.DType
	if source != accumulator && !(source.IsHalfPrecision() && accumulator == dtypes.Float32) {
		for i, v := range in {
			x, err := f.ConvertDType(v, accumulator)
			if err != nil {
				return nil, err
			}
			in[i] = x.(*graph.Value)
		}
		shape.DType = accumulator
	}
	if !direct(in[0].Shape.DType, shape.DType) {
		shape.DType = in[0].Shape.DType
	}
	attr := graph.Dot{
		LeftContracting: slices.Clone(lhsContracting), LeftBatch: slices.Clone(lhsBatch),
		RightContracting: slices.Clone(rhsContracting), RightBatch: slices.Clone(rhsBatch),
	}
	return f.ConvertDType(f.add(compute.OpTypeDotGeneral, attr, shape, in...), final)
}

// direct tells whether the kernels store a product of operands of type in as type out.
func direct(in, out dtypes.DType) bool {
	return in == out || in.IsHalfPrecision() && out == dtypes.Float32
}
