package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// sequential is an engine whose products of float32 add up their terms one after the other, as a
// kernel does whose sum stays in one register. That order is the worst for terms that are equal:
// the sum of K of them is rounded in one direction, up to about K/2 units, while the errors of
// different terms cancel, to about √K units.
type sequential struct{ compute.Backend }

func (b sequential) Builder(name string) compute.Builder {
	return sequentialBuilder{b.Backend.Builder(name)}
}

type sequentialBuilder struct{ compute.Builder }

func (b sequentialBuilder) Main() compute.Function {
	return sequentialFunction{b.Builder.Main(), b.Builder}
}

type sequentialFunction struct {
	compute.Function
	builder compute.Builder
}

// DotGeneral is the sum of the products of one unit of depth each.
func (f sequentialFunction) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value,
	rhsContracting, rhsBatch []int, config compute.DotGeneralConfig,
) (compute.Value, error) {
	shape, err := f.builder.OpShape(lhs)
	if err != nil {
		return nil, err
	}
	depth := 1
	for _, axis := range lhsContracting {
		depth *= shape.Dimensions[axis]
	}
	if shape.DType != dtypes.Float32 || depth == 0 {
		return f.Function.DotGeneral(lhs, lhsContracting, lhsBatch, rhs, rhsContracting, rhsBatch, config)
	}
	var sum compute.Value
	for k := range depth {
		at := make([]int, len(lhsContracting))
		for i := len(at) - 1; i >= 0; i-- {
			n := shape.Dimensions[lhsContracting[i]]
			at[i], k = k%n, k/n
		}
		x, err := f.unit(lhs, lhsContracting, at)
		if err != nil {
			return nil, err
		}
		y, err := f.unit(rhs, rhsContracting, at)
		if err != nil {
			return nil, err
		}
		term, err := f.Function.DotGeneral(x, lhsContracting, lhsBatch, y, rhsContracting, rhsBatch, config)
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = term
		} else if sum, err = f.Add(sum, term); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// unit is the part of x at one index of each of some axes, which stay, with length 1.
func (f sequentialFunction) unit(x compute.Value, axes, at []int) (compute.Value, error) {
	shape, err := f.builder.OpShape(x)
	if err != nil {
		return nil, err
	}
	starts, limits, strides := make([]int, shape.Rank()), make([]int, shape.Rank()), make([]int, shape.Rank())
	for i, n := range shape.Dimensions {
		limits[i], strides[i] = n, 1
	}
	for i, axis := range axes {
		starts[axis], limits[axis] = at[i], at[i]+1
	}
	return f.Slice(x, starts, limits, strides)
}
